/** The targets of the training steps. */
import type { MeasuredStep, PeerName } from "./lstm.ts";
import type { NpmPeerName } from "./npm-peers.ts";
import { milliseconds, times } from "./table.ts";
import { atMost, type Verdict } from "./targets.ts";
import type { MeasuredWebGPUStep } from "./webgpu.ts";

/** Our time ÷ theirs. */
const limits: readonly (readonly [task: string, peer: PeerName, ratio: number])[] = [
  ["lstm S", "PyTorch", 0.1],
  ["lstm S", "jax-js", 1 / 30],
  ["lstm M", "PyTorch", 1],
  ["lstm M", "jax-js", 1 / 8],
  ["lstm M", "TensorFlow.js", 1 / 120],
  ["lstm O", "PyTorch", 0.8],
  ["lstm L", "PyTorch", 1.5],
  ["lstm M dense", "PyTorch", 1.7],
  ["lstm O dense", "PyTorch", 1.4],
  ["lstm L dense", "PyTorch", 2.8],
];

/** The same on WebGPU, on a software adapter. */
const webGPULimits: readonly (readonly [task: string, peer: NpmPeerName, ratio: number])[] = [
  ["lstm S", "jax-js", 1 / 2],
  ["lstm S", "TensorFlow.js", 1 / 20],
  ["lstm M", "jax-js", 1 / 4],
  ["lstm M", "TensorFlow.js", 1 / 20],
];

/** A layer of fewer gates must not compare worse with PyTorch than the LSTM of the same size. */
const besideTheLstm = ["gru", "rnn"].flatMap((cell) => ["M", "O"].map((size) => [`${cell} ${size}`, `lstm ${size}`]));

const firstCallLimit = 250;

/** Of the tasks that were measured. */
export function stepVerdicts(measured: readonly MeasuredStep[]): Verdict[] {
  const byName = new Map(measured.map((step) => [step.task.name, step]));
  const ratio = (task: string, peer: PeerName) => byName.get(task)?.comparisons.get(peer)?.ratio;
  const verdicts: Verdict[] = [];
  for (const [task, peer, limit] of limits) {
    if (byName.has(task)) verdicts.push(atMost(`${task} ÷ ${peer}`, ratio(task, peer), limit, times));
  }
  for (const [task = "", lstm = ""] of besideTheLstm) {
    const limit = ratio(lstm, "PyTorch");
    if (byName.has(task) && limit !== undefined)
      verdicts.push(
        atMost(`${task} ÷ PyTorch`, ratio(task, "PyTorch"), limit, times, `the ratio of ${lstm} is the limit`),
      );
  }
  const first = byName.get("lstm M");
  if (first !== undefined) {
    const jax = first.comparisons.get("jax-js")?.firstCall;
    const aside = jax === undefined ? "" : `jax-js: ${milliseconds(jax)}`;
    verdicts.push(atMost("first call of lstm M", first.firstCall, firstCallLimit, milliseconds, aside));
  }
  return verdicts;
}

/** Of the tasks that were measured; of all if none could be. */
export function webGPUVerdicts(measured: readonly MeasuredWebGPUStep[] | undefined): Verdict[] {
  const byName = new Map(measured?.map((step) => [step.task.name, step]));
  return webGPULimits
    .filter(([task]) => measured === undefined || byName.has(task))
    .map(([task, peer, limit]) => {
      const ratio = byName.get(task)?.comparisons.get(peer)?.ratio;
      return atMost(`${task} on WebGPU ÷ ${peer}`, ratio, limit, times);
    });
}
