/** The adapter that Dawn finds in Node: a GPU's, or on request Chromium's software one, SwiftShader. */
import { existsSync } from "node:fs";
import { constants } from "node:os";

export interface DawnAdapter {
  readonly description: string;
  /** The classes of WebGPU by name. */
  readonly platform: object;
}

/** What an adapter says of itself. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter: boolean;
}

const chromium = "/usr/lib/chromium";
const driver = `${chromium}/vk_swiftshader_icd.json`;
const loader = `${chromium}/libvulkan.so.1`;
/** Of glibc: what was loaded stays, so that Dawn's own request for the library finds it. */
const keepLoaded = 0x1000;

/** To be called before Dawn is loaded. */
function preferSoftware(): void {
  if (existsSync(driver)) {
    process.env.VK_DRIVER_FILES ??= driver;
    process.env.XDG_RUNTIME_DIR ??= "/tmp";
  }
  if (!existsSync(loader)) return;
  try {
    process.dlopen({ exports: {} }, loader, constants.dlopen.RTLD_NOW | keepLoaded);
  } catch {
    // It is no module of Node's, which is what this says; it has been loaded.
  }
}

export function describeAdapter({ vendor, architecture, device, description }: AdapterInfo): string {
  return [vendor, architecture, device, description].filter((part) => part !== "").join(" ");
}

/** @throws Error for an adapter that computes on the CPU, unless it is wanted. */
export function checkAdapter(info: AdapterInfo, software: boolean): void {
  const isSoftware = info.isFallbackAdapter || /swiftshader|llvmpipe/i.test(describeAdapter(info));
  if (isSoftware && !software)
    throw new Error(
      `the only adapter computes on the CPU (${describeAdapter(info)}), whose figures say nothing about a GPU; use --software to measure it nevertheless`,
    );
}

/** The one that `await webgpu()` takes. @throws Error where there is none, or only one that is not wanted. */
export async function findAdapter({ software }: { readonly software: boolean }): Promise<DawnAdapter> {
  if (software) preferSoftware();
  const { create, globals } = await import("webgpu");
  const adapter = await create([]).requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null)
    throw new Error(
      "Dawn finds no adapter: install the GPU's driver (on Linux one for Vulkan, and libvulkan1), or use --software with Chromium's",
    );
  checkAdapter(adapter.info, software);
  return { description: `Dawn (npm webgpu), WebGPU on ${describeAdapter(adapter.info)}`, platform: globals };
}
