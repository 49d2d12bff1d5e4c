/** Where nobody has installed koffi, MPI says so, and threads train. */
import { mpi, threads } from "@tapegrad/parallel";
import { tensor } from "tapegrad";

const refusal = await mpi().catch((error) => error.message);
const world = await threads(2);
const sum = world.allReduce(tensor([world.rank + 1])).itemSync();
if (world.rank === 0) for (const line of [refusal, `threads ${world.size}`, `sum ${sum}`, "done"]) console.log(line);
world.close();
