/** Loads the backends' packages when they are needed. */
import { BackendError } from "@tapegrad/core";

export const load = {
  cpu: () => loaded("cpu", import("@tapegrad/backend-cpu")),
  wasm: () => loaded("wasm", import("@tapegrad/backend-wasm")),
  webgpu: () => loaded("webgpu", import("@tapegrad/backend-webgpu")),
};

async function loaded<Code>(name: string, code: Promise<Code>): Promise<Code> {
  try {
    return await code;
  } catch (cause) {
    throw new BackendError(
      name,
      "its code could not be loaded",
      `see the cause; in a service worker, import @tapegrad/backend-${name} first`,
      { cause },
    );
  }
}
