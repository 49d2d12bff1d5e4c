/**
 * The features of WebAssembly here: whether it exists, which instructions it has, and whether code that was made at run time
 * may become a module. A Content-Security-Policy, a Cloudflare Worker or a flag of Node may forbid that. WebKit then still
 * validates and compiles such code, and refuses only the instance.
 */
import { UnsupportedError } from "@tapegrad/core";

/** Every platform has it; not every platform's types are loaded here. */
declare const console: { warn(message: string): void };

/** What the platform can do: WebAssembly at all, 128-bit vectors, multiply-add. Asked by validating one such instruction. */
export interface WasmFeatures {
  readonly simd: boolean;
  readonly relaxedSimd: boolean;
}

/** `\0asm`, version 1: an empty module. */
const empty = [0, 97, 115, 109, 1, 0, 0, 0];
/** i32.const 0, i32x4.splat. */
const vector = [65, 0, 253, 15];
/** One function of no parameters that returns a vector, by `code`. */
const moduleOf = (code: readonly number[]) => [
  ...[...empty, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, code.length + 4, 1, code.length + 2, 0, ...code, 11],
];
const simd = moduleOf(vector);
/** f32x4.relaxed_madd of three. */
const relaxedSimd = moduleOf([...vector, ...vector, ...vector, 253, 133, 2]);

/** At once, so that a default backend can be chosen in the midst of a call. */
export function wasmFeatures(): WasmFeatures {
  return { simd: isValid(simd), relaxedSimd: isValid(relaxedSimd) };
}

function isValid(module: readonly number[]): boolean {
  return typeof WebAssembly !== "undefined" && WebAssembly.validate(new Uint8Array(module));
}

/** Why no module can be compiled and run: once it was so, it stays so. `false` until somebody asked. */
let obstacle: UnsupportedError | undefined | false = false;

/** Why no Program can become a module here; undefined where it can. */
export function wasmObstacle(): UnsupportedError | undefined {
  if (obstacle === false) obstacle = findObstacle();
  return obstacle;
}

/** Asks again, after a module was refused. */
export function newObstacle(): UnsupportedError | undefined {
  obstacle ||= findObstacle();
  return obstacle;
}

function findObstacle(): UnsupportedError | undefined {
  if (!isValid(simd)) return new UnsupportedError("wasm", "this platform has no WebAssembly SIMD", "use cpu()");
  try {
    new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(simd)));
    return undefined;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const remedy = "allow 'wasm-unsafe-eval' in the page's script-src, or use cpu()";
    return new UnsupportedError("wasm", `WebAssembly may not be compiled here (${reason})`, remedy, { cause });
  }
}

let isTold = false;

/** Says, once, that the portable kernels do what WebAssembly would do faster. */
export function tellOfObstacle({ message }: Error): void {
  if (isTold) return;
  isTold = true;
  console.warn(`${message}. Portable kernels compute, several times slower.`);
}
