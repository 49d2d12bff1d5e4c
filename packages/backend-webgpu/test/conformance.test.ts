/** Every op on every sample, through Dawn in Node, each within its own tolerance. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { backendConformance } from "@tapegrad/conformance";
import { setBackend } from "@tapegrad/core";
import { primitives } from "@tapegrad/ops";
import { expect, test } from "vitest";
import { backendUnderTest, withoutAdapter } from "./adapter.ts";

setBackend(cpuBackend);

test.skipIf(withoutAdapter)("every op is within its tolerance on WebGPU in Node", async () => {
  const failures: string[] = [];
  const failed = new Set<string>();
  const cases = backendConformance(backendUnderTest(), { reference: cpuBackend });
  for (const { name, run } of cases) {
    await run().catch((error: unknown) => {
      failures.push(`${name}: ${String(error)}`);
      failed.add(name.split(" · ")[0] ?? name);
    });
  }
  const ops = Object.keys(primitives).length;
  console.log(`WebGPU in Node: ${ops - failed.size} of ${ops} ops within tolerance (${cases.length} samples)`);
  expect(failures).toEqual([]);
  expect(new Set(cases.map(({ name }) => name.split(" · ")[0])).size).toBe(ops);
});
