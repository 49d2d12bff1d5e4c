/** The machine that measures, as far as readers elsewhere need to know it. */
import { cpus, loadavg, totalmem } from "node:os";
import { wasmFeatures } from "@tapegrad/backend-wasm";

export function describeMachine(): string[] {
  const processors = cpus();
  const { node, v8 } = process.versions;
  const { relaxedSimd } = wasmFeatures();
  return [
    `CPU: ${processors[0]?.model.trim() ?? "unknown"}, ${processors.length} cores seen, ${process.arch}, ${process.platform}`,
    `memory: ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${node}, V8 ${v8}, WebAssembly ${relaxedSimd ? "with" : "without"} relaxed SIMD (fused multiply-add)`,
  ];
}

/** Processes that ran or wanted to: more than this run's own means that others slowed it. */
export function loadOfLastMinute(): string {
  return (loadavg()[0] ?? Number.NaN).toFixed(1);
}
