/** Training on WebGPU: on Chromium's software adapter, through Dawn, where Chromium is installed; always in CI. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@tapegrad/command-line/testing";
import { expect, test } from "vitest";
import { start } from "./command.ts";

const chromium = "/usr/lib/chromium";
const driver = join(chromium, "vk_swiftshader_icd.json");
const environment = { VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: chromium, XDG_RUNTIME_DIR: "/tmp" };

test.skipIf(!existsSync(driver) && !process.env.CI)(
  "the character model trains there as it does on the CPU",
  async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "text.txt"), "the cat sat on the mat. ".repeat(60));
    const heldOutBits = async (backend: string) => {
      const words = ["--text", "text.txt", "--hidden", "16", "--batch", "4", "--window", "12", "--steps", "25"];
      const { done } = start(folder, [...words, "--backend", backend, "--out", backend], environment);
      const { code, stderr } = await done;
      expect(code, stderr).toBe(0);
      return Number(/held-out text: ([\d.]+) bits/.exec(stderr)?.[1]);
    };
    const [device, reference] = [await heldOutBits("webgpu"), await heldOutBits("cpu")];
    expect(device).toBeCloseTo(reference, 2);
    expect(device).toBeGreaterThan(0);
  },
);

test.skipIf(process.platform !== "linux")("where there is no adapter, what is missing is said", async () => {
  const folder = await temporaryFolder();
  const nothing = { VK_DRIVER_FILES: "/dev/null", VK_ICD_FILENAMES: "/dev/null" };
  const { code, stderr } = await start(folder, ["--backend", "webgpu", "--steps", "1"], nothing).done;
  expect(code).toBe(2);
  expect(stderr).toContain("cannot use the backend webgpu: webgpu: this machine has no WebGPU adapter");
});
