/**
 * What runs inside the browser, on the page's own WebGPU: the conformance kit, random Programs, the laws of sequences, and what
 * goes wrong on purpose.
 */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { backendConformance } from "@tapegrad/conformance";
import { type Backend, setBackend } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { add, primitives, tanh } from "@tapegrad/ops";
import type { Device } from "../src/device/gpu.ts";
import { webgpu } from "../src/index.ts";
import { requestDevice } from "../src/webgpu.ts";
import { brokenLaws } from "./laws.ts";
import { brokenPrograms } from "./random-checks.ts";
import { observe } from "./variants.ts";
import { confined, misreading } from "./wrapped-device.ts";

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

/** What reading a poisoned tensor, then synchronising, rejects with. */
async function messages(backend: Backend, length: number, spoil: () => void = () => {}): Promise<string[]> {
  const x = fromHost(new Float32Array(length), [length], "float32", backend);
  const read = add(tanh(x), 1).data();
  spoil();
  const told = (promise: Promise<unknown>) => promise.then(() => "no failure", String);
  return [await told(read), await told(backend.synchronize())];
}

export interface FailureReport {
  readonly invalid: readonly string[];
  readonly full: readonly string[];
  readonly lost: readonly string[];
}

async function failures(): Promise<FailureReport> {
  const on = async (change: (device: Device) => Device) => webgpu({ device: change(await requestDevice()) });
  const device = await requestDevice();
  return {
    invalid: await messages(await on((own) => misreading(own, "tanh")), 3),
    full: await messages(await on((own) => confined(own, "tanh", 2 ** 25)), 9 * 2 ** 20),
    lost: await messages(await webgpu({ device }), 3, () => device.destroy()),
  };
}

export interface ProgramReport {
  readonly compiled: number;
  readonly refused: number;
  /** What is wrong, in words. */
  readonly programs: readonly string[];
  readonly laws: readonly string[];
}

async function programs(): Promise<ProgramReport> {
  const { backend, compilations } = observe(await webgpu());
  // The texts of shaders are those of Node, where many more are tried: here, it is the browser that counts.
  const broken = { programs: await brokenPrograms(backend, 4), laws: await brokenLaws(backend, "LSTM:") };
  return { ...broken, compiled: compilations.compiled, refused: compilations.refused.length };
}

Object.assign(globalThis, { report, failures, programs });
