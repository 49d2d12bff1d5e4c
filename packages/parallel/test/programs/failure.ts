/** One rank goes wrong as the arguments say; the others print what they caught. */
import { ones } from "tapegrad";
import { worldOfArguments } from "./world.ts";

const world = await worldOfArguments();
const how = process.argv[4];
const begin = performance.now();
try {
  world.allReduce(ones([3])); // Whoever is late hears of the failure here already.
  if (world.rank === 1) await goWrong();
  world.allReduce(ones([3]));
  console.log("nothing was thrown");
} catch (error) {
  const caught = error instanceof Error ? error.message : String(error);
  console.log(JSON.stringify({ rank: world.rank, caught, seconds: (performance.now() - begin) / 1000 }));
}
world.close();

/** Never comes back, and is caught by nobody. */
function goWrong(): Promise<never> {
  if (how === "exit") process.exit(3);
  if (how === "end") process.exit(0);
  if (how === "kill") process.kill(process.pid, "SIGKILL");
  queueMicrotask(() => {
    throw new Error("rank one is tired");
  });
  return new Promise(() => {});
}
