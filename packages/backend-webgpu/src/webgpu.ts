/** Finding a device: one that the application has, the platform's own, or Dawn's through the npm package `webgpu`. */
import { type Backend, BackendError, UnsupportedError } from "@tapegrad/core";
import { checkBoolean, checkNumber, optionsOf } from "@tapegrad/core/internal";
import { WebGPUBackend } from "./backend.ts";
import { type Adapter, type Device, type Gpu, limitNames, usedFeatures } from "./device/gpu.ts";

/** Options of `webgpu`. */
export interface WebGPUOptions {
  /** A device that the application owns; tensors of the same device share a backend. By default, one of our own. */
  readonly device?: Device | undefined;
  /** Bytes of device memory that may be held; 4 GiB by default. Of the first call for a device, the others share it. */
  readonly budget?: number | undefined;
  /**
   * Whether compiled Programs keep their float32 values as float16 between inputs and outputs, and multiply matrices in it: half
   * the memory, three decimal digits, nothing beyond 65,504. Sums stay float32, and so do single ops. A backend of its own.
   */
  readonly float16?: boolean | undefined;
}

const defaultBudget = 2 ** 32;

const webgpuOptions = { device: true, budget: checkNumber, float16: checkBoolean } as const;

interface Settings {
  readonly budget: number;
  readonly float16: boolean;
}

interface KnownDevice {
  /** Counted in the order of first use. */
  readonly number: number;
  /** By whether Programs use float16. */
  readonly backends: Map<boolean, WebGPUBackend>;
}

const byDevice = new WeakMap<Device, KnownDevice>();
let standard: Promise<Device> | undefined;
let devices = 0;

/**
 * The WebGPU backend: float32, int32 and bool, every op as generated WGSL. Kernels are queued; only reading waits for them.
 * @throws BackendError where there is no WebGPU, or no adapter; UnsupportedError for float16 on a device without it.
 */
export async function webgpu(options: WebGPUOptions = {}): Promise<Backend> {
  const { device, budget = defaultBudget, float16 = false } = optionsOf("webgpu", options, webgpuOptions);
  if (device !== undefined) return backendOf(device, { budget, float16 });
  standard = usableDevice(standard);
  return backendOf(await standard, { budget, float16 });
}

/** The one before, unless there is none or it is lost. */
async function usableDevice(before: typeof standard): Promise<Device> {
  const known = await before?.catch(() => undefined); // That caller already got the error.
  const backends = known === undefined ? [] : [...(byDevice.get(known)?.backends.values() ?? [])];
  const isLost = backends.some(({ loss }) => loss !== undefined);
  return known === undefined || isLost ? requestDevice() : known;
}

function backendOf(device: Device, { budget, float16 }: Settings): WebGPUBackend {
  if (float16 && !device.features.has("shader-f16")) {
    throw new UnsupportedError("webgpu", "this device has no float16 (shader-f16)", "leave the option float16 out");
  }
  const known = byDevice.get(device) ?? { number: ++devices, backends: new Map() };
  byDevice.set(device, known);
  const { number, backends } = known;
  const name = device.label ? `device ${number}, ${device.label}` : `device ${number}`;
  const label = float16 ? `${name}, float16` : name;
  const backend = backends.get(float16) ?? new WebGPUBackend(device, { budget, float16, label });
  backends.set(float16, backend);
  return backend;
}

/** A device with the adapter's own limits, and the features that kernels use, instead of the least that every adapter has. */
export async function requestDevice(): Promise<Device> {
  const gpu = await findGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) {
    throw new BackendError(
      "webgpu",
      "this machine has no WebGPU adapter",
      "install a graphics driver (on Linux one for Vulkan), or use await wasm()",
    );
  }
  try {
    const requiredFeatures = usedFeatures.filter((feature) => adapter.features.has(feature));
    return await adapter.requestDevice({ requiredFeatures, requiredLimits: limitsOf(adapter) });
  } catch (cause) {
    throw new BackendError(
      "webgpu",
      "the adapter gives no device",
      "close what else uses the GPU, or use await wasm()",
      {
        cause,
      },
    );
  }
}

function limitsOf({ limits }: Adapter): Record<string, number> {
  const highest = limitNames.filter((name) => name.startsWith("max"));
  return Object.fromEntries(highest.map((name) => [name, limits[name]]));
}

/** What browsers and Deno have; the other hosts' `navigator` has no `gpu`. */
declare const navigator: { readonly gpu?: Gpu } | undefined;

async function findGpu(): Promise<Gpu> {
  const gpu = typeof navigator === "undefined" ? undefined : navigator.gpu;
  return gpu ?? (await dawn());
}

let dawnGpu: Gpu | undefined;

async function dawn(): Promise<Gpu> {
  // Not a literal, because bundlers for browsers would look for the package, and told so, because they would warn.
  const packageName = "webgpu";
  try {
    const { create }: { create(flags: string[]): Gpu } = await import(
      /* @vite-ignore */ /* webpackIgnore: true */ packageName
    );
    dawnGpu ??= create([]);
    return dawnGpu;
  } catch (cause) {
    throw new BackendError(
      "webgpu",
      "there is no WebGPU here",
      "in Node, install Dawn with `npm install webgpu`; in a browser, use one that has WebGPU, on a page from https or localhost",
      { cause },
    );
  }
}
