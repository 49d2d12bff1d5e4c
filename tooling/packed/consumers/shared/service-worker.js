/** A service worker, which may not `import()`: it runs the program when it is installed, then asks for a GPU. */
import { webgpu } from "tapegrad";
import { program } from "./program.js";

async function print(line) {
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) client.postMessage(line);
}

async function main() {
  await program((line) => line !== "done" && print(line));
  const gpu = await webgpu().then(
    ({ name }) => name,
    ({ name }) => name,
  );
  await print(`gpu ${gpu}`);
  await print("done");
}

self.addEventListener("install", (event) => event.waitUntil(main()));
