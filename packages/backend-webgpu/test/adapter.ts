/**
 * The adapter that tests run on: Chromium's software one (SwiftShader, a Vulkan driver), through Dawn in Node. Importing this
 * points the Vulkan loader at it, before Dawn looks for drivers. Where there is no adapter, tests are skipped by name, but never
 * in CI.
 */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { webgpu } from "../src/index.ts";

const chromium = "/usr/lib/chromium";
const driver = `${chromium}/vk_swiftshader_icd.json`;
const loader = `${chromium}/libvulkan.so.1`;
/** Of glibc: what was loaded stays, so that Dawn's own request for the library finds it. */
const keepLoaded = 0x1000;

if (existsSync(driver)) {
  process.env.VK_DRIVER_FILES ??= driver;
  process.env.XDG_RUNTIME_DIR ??= "/tmp";
}
if (existsSync(loader)) {
  try {
    process.dlopen({ exports: {} }, loader, constants.dlopen.RTLD_NOW | keepLoaded);
  } catch {
    // It is no module of Node's, which is what this says; it has been loaded.
  }
}

const attempt = await webgpu().then(
  (backend) => ({ backend, problem: undefined }),
  (problem: unknown) => ({ backend: undefined, problem }),
);

/** Whether tests on a device are left out. */
export const withoutAdapter = attempt.backend === undefined && !process.env.CI;

/** The backend, for tests that are not left out. */
export function backendUnderTest(): NonNullable<typeof attempt.backend> {
  if (attempt.backend === undefined) throw attempt.problem;
  return attempt.backend;
}
