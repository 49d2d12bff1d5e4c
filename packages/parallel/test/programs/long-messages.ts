/** Sums arrays that are longer than a message may be, and no multiple of it; rank 0 prints "all there". */
import assert from "node:assert/strict";
import { tensor } from "tapegrad";
import { Communicator } from "../../src/index.ts";
import { openLibrary } from "../../src/mpi/library.ts";
import { MpiTransport } from "../../src/mpi/transport.ts";

class ShortMessages extends MpiTransport {
  override readonly longestMessage = 1000;
}

const world = new Communicator(new ShortMessages(await openLibrary(undefined)));
const sum = world.allReduce(tensor(Float32Array.from({ length: 12_345 }, (_, i) => i)));
assert.deepEqual(
  Array.from(sum.dataSync()),
  Array.from({ length: 12_345 }, (_, i) => i * world.size),
);
if (world.rank === 0) console.log("all there");
world.close();
