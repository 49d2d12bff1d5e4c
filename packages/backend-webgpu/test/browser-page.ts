/** What runs inside the browser: the conformance kit on the page's own WebGPU. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { backendConformance } from "@tapegrad/conformance";
import { setBackend } from "@tapegrad/core";
import { primitives } from "@tapegrad/ops";
import { webgpu } from "../src/index.ts";

export interface BrowserReport {
  readonly ops: readonly string[];
  readonly samples: number;
  /** Op and what was wrong. */
  readonly failures: readonly (readonly [op: string, problem: string])[];
}

async function report(): Promise<BrowserReport> {
  setBackend(cpuBackend);
  const cases = backendConformance(await webgpu(), { reference: cpuBackend });
  const failures: [string, string][] = [];
  for (const { name, run } of cases)
    await run().catch((error: unknown) => failures.push([name.split(" · ")[0] ?? name, `${name}: ${String(error)}`]));
  return { ops: Object.keys(primitives), samples: cases.length, failures };
}

Object.assign(globalThis, { report });
