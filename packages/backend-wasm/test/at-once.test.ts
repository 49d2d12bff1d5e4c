/** Where the platform loads the modules, the backend's code is there at once; where a test runner does, nothing is loaded twice. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { hostBackend } from "@tapegrad/backend-cpu/host";
import { expect, it, vi } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const programs = {
  "as modules": `
    import { atOnce } from "./packages/backend-wasm/src/at-once/node.ts";
    import { hostBackend } from "@tapegrad/backend-cpu/host";`,
  "by require": `
    const { atOnce } = require("./packages/backend-wasm/src/at-once/node.ts");
    const { hostBackend } = require("@tapegrad/backend-cpu/host");`,
};

it.each(Object.entries(programs))("loaded by Node %s it is the one that an import gives", async (name, imports) => {
  const check = `
    const backend = hostBackend("wasm");
    console.log(backend.isEquipped);
    atOnce.wasm();
    console.log(backend.isEquipped);
    import("@tapegrad/backend-wasm").then(({ wasmBackend }) => console.log(wasmBackend() === backend));`;
  const type = `--input-type=${name === "as modules" ? "module" : "commonjs"}`;
  const options = ["--conditions=@tapegrad/source", "--disable-warning=ExperimentalWarning", type, "--eval"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...options, imports + check], { cwd: root });
  expect(stdout).toBe("false\ntrue\ntrue\n");
  expect(stderr).toBe(""); // No second copy.
});

it("among modules of a test runner nothing is loaded, and the portable kernels are there", async () => {
  const warn = vi.spyOn(console, "warn");
  const { atOnce } = await import("../src/at-once/bundled.ts");
  atOnce.wasm?.();
  expect(hostBackend("wasm").isEquipped).toBe(false);
  expect(Object.keys(atOnce.kernels ?? {})).toContain("matmul");
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});
