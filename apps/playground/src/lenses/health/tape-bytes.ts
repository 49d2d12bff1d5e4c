/** The memory cost of backpropagation through time: the values that the tape of one training step keeps. */
import { Tape } from "tapegrad";
import type { Session } from "../../engine/session.ts";

export interface KeptByOp {
  readonly op: string;
  readonly nodes: number;
  readonly bytes: number;
}

export interface KeptByTape {
  readonly nodes: number;
  /** Of all values that are kept for the way back, Parameters apart. */
  readonly bytes: number;
  /** Most bytes first. */
  readonly ops: readonly KeptByOp[];
  /** What the compiled step needs for all of its values; undefined where steps are not compiled. */
  readonly compiled: number | undefined;
  readonly batch: number;
  readonly steps: number;
}

/** Shapes alone decide, so that a session is measured once. */
const measured = new WeakMap<Session, KeptByTape>();

export function keptByTape(session: Session): KeptByTape {
  const known = measured.get(session);
  if (known !== undefined) return known;
  const [inputs, targets, states] = session.nextBatch();
  const tape = new Tape({ sources: session.parameters });
  tape.record(() => session.loss(session.model.forward(inputs, states).outputs, targets));
  const seen = new Set(session.parameters.map(({ value }) => value.variable.id));
  const ops = new Map<string, KeptByOp>();
  for (const { op, savedInputs, savedOutputs } of tape.nodes) {
    const entry = ops.get(op.name) ?? { op: op.name, nodes: 0, bytes: 0 };
    let { bytes } = entry;
    for (const value of [...savedInputs, ...savedOutputs]) {
      if (value === undefined || seen.has(value.variable.id)) continue;
      seen.add(value.variable.id);
      bytes += value.dataSync().byteLength;
    }
    ops.set(op.name, { ...entry, nodes: entry.nodes + 1, bytes });
  }
  const byOp = [...ops.values()].toSorted((a, b) => b.bytes - a.bytes);
  const kept = {
    nodes: tape.nodes.length,
    bytes: byOp.reduce((sum, { bytes }) => sum + bytes, 0),
    ops: byOp,
    compiled: session.arenaBytes(),
    batch: session.task.batch,
    steps: session.task.window,
  };
  tape.release();
  measured.set(session, kept);
  return kept;
}
