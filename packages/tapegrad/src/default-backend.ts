/** The default backend, for programs that choose none: WebAssembly if it may be compiled, else the portable one. */
import { hostBackend } from "@tapegrad/backend-cpu/host";
import { atOnce } from "@tapegrad/backend-wasm/at-once";
import { tellOfObstacle, wasmObstacle } from "@tapegrad/backend-wasm/features";
import { offerBackend } from "@tapegrad/core/internal";
import { load } from "./load.ts";

offerBackend(() => {
  const obstacle = wasmObstacle();
  if (obstacle !== undefined) tellOfObstacle(obstacle);
  const name = obstacle === undefined ? "wasm" : "cpu";
  const backend = hostBackend(name);
  if (!backend.isEquipped) atOnce[name]?.();
  if (!backend.isEquipped) backend.expect({ load: engineOf[name], kernels: atOnce.kernels });
  return backend;
});

const engineOf = {
  cpu: async () => (await load.cpu()).cpuBackend,
  wasm: async () => (await load.wasm()).wasmBackend(),
};
