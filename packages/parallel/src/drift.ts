/** Whether Parameters that should be the same on all ranks still are, bit for bit. */
import { type Parameter, tensor } from "@tapegrad/core";
import type { Communicator } from "./communicator.ts";

/** A sentence about the first of `parameters` that differs from rank 0's on some rank; undefined when none does. */
export function firstDifference(world: Communicator, parameters: readonly Parameter[]): string | undefined {
  const own = Int32Array.from(parameters, (parameter) => hashOf(parameter));
  const all = world.allGather(tensor(own)).dataSync();
  for (const [index, parameter] of parameters.entries()) {
    for (let rank = 1; rank < world.size; rank++) {
      if (all[rank * parameters.length + index] === all[index]) continue;
      const name = parameter.name === undefined ? "" : ` ${JSON.stringify(parameter.name)}`;
      return `Parameter ${index}${name} [${parameter.shape}] of rank ${rank} differs from rank 0's`;
    }
  }
  return undefined;
}

/** FNV-1a over the bytes. */
function hashOf(parameter: Parameter): number {
  const data = parameter.dataSync();
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
