/**
 * In Node, Deno and Bun, modules beside this one can be loaded without waiting; not from a bundle, and not in a test runner
 * with modules of its own.
 */
import type { AtOnce } from "./at-once.ts";

/** The code that is here at once. */
export const atOnce: AtOnce = {
  cpu: () => void requireNeighbour("@tapegrad/backend-cpu"),
  wasm() {
    const backend = requireNeighbour("@tapegrad/backend-wasm");
    if (hasBackend(backend)) backend.wasmBackend();
  },
};

/** What is used of Node's module `module`, which bundlers should not look for. */
interface NodeModule {
  createRequire(url: string): (name: string) => unknown;
}

declare const process: { getBuiltinModule?(name: "node:module"): NodeModule | undefined } | undefined;

/** What that module exports; nothing where modules cannot be loaded. */
function requireNeighbour(name: string): unknown {
  const module = typeof process === "undefined" ? undefined : process.getBuiltinModule?.("node:module");
  const url = ownUrl();
  if (module === undefined || url === undefined) return undefined;
  try {
    return module.createRequire(url)(name);
  } catch {
    return undefined; // It arrives in the general way, and what is wrong with it is said there.
  }
}

/**
 * Where this module was loaded from, as one of the package, by the platform itself. Bundles have other names, and test runners
 * paths where the platform has URLs; Bun, which is its own test runner, has paths.
 */
function ownUrl(): string | undefined {
  const place = "Bun" in globalThis ? anyPlace : urlOnly;
  return place.exec(String(new Error().stack))?.[0];
}

const urlOnly = /file:\/\/[^\s()]*\/backend-wasm\/(?:dist|src)\/[^\s():]*/;
const anyPlace = /(?:file:\/)?\/[^\s()]*\/backend-wasm\/(?:dist|src)\/[^\s():]*/;

function hasBackend(module: unknown): module is { wasmBackend(): unknown } {
  return typeof module === "object" && module !== null && "wasmBackend" in module;
}
