/**
 * The list on which tapes and transforms record op applications, in their order, and the pass over it in reverse. The reverse
 * pass is written in ops, so that an outer tape can record it and give the next derivative.
 */
import { isFloat, type Parameter, type Tensor, type Variable } from "@tapegrad/core";
import { defined, type Frame, letGo, withOrigin } from "@tapegrad/core/internal";
import { add } from "@tapegrad/ops";
import { filledWith } from "@tapegrad/ops/internal";
import { isDifferentiable, nodeOf, type TapeNode } from "./node.ts";
import { reverse } from "./rules.ts";

interface RecordingOptions {
  /** With these, only what depends on them is kept. */
  readonly sources?: readonly Variable[] | undefined;
  /** Whether every application is kept, and all of its operands. */
  readonly keepAll?: boolean;
  /** Hears of Parameters and the values that they had when they were first met. */
  readonly enter?: (parameter: Parameter, value: Variable) => void;
}

export class Recording {
  nodes: TapeNode[] = [];
  /** The value of everything that was made, kept or not. */
  readonly made = new Set<number>();
  /** What depends on the sources so far; undefined when any value may become a source. */
  readonly #connected: Set<number> | undefined;
  /** Records as long as it is on the stack. */
  readonly frame: Frame;

  constructor({ sources, keepAll = false, enter }: RecordingOptions) {
    this.#connected = sources && new Set(sources.map(({ id }) => id));
    this.frame = {
      kind: "tape",
      record: (application) => {
        const { inputs, outputs } = application;
        for (const { variable } of outputs) this.made.add(variable.id);
        const connected =
          this.#connected === undefined || inputs.some(({ variable }) => this.#connected?.has(variable.id));
        const differentiable = isDifferentiable(application);
        if (!keepAll && !(connected && differentiable)) return;
        if (connected && differentiable) for (const { variable } of outputs) this.connect(variable);
        this.nodes.push(nodeOf(application, keepAll));
      },
      enter: (parameter, { variable }) => enter?.(parameter, variable),
    };
  }

  /** Makes a value one that depends on the sources. */
  connect({ id }: Variable): void {
    this.#connected?.add(id);
  }

  /** The cotangents of `sources` for given cotangents of several targets, which need not have been recorded. */
  pullback(targets: readonly Tensor[], seeds: readonly Tensor[], sources: readonly Variable[]): Tensor[] {
    const cotangents = new Map<number, Tensor>();
    for (const [i, target] of targets.entries()) accumulate(cotangents, target.variable, defined(seeds[i], "seed"));
    this.#walkBack(cotangents, new Set(sources.map(({ id }) => id)));
    return sources.map(({ id, shape, dtype }) => cotangents.get(id) ?? filledWith(shape, 0, dtype, targets[0]));
  }

  #walkBack(cotangents: Map<number, Tensor>, sources: ReadonlySet<number>): void {
    const reachable = new Set(sources);
    for (const node of this.nodes) {
      if (!isDifferentiable(node) || !node.inputs.some(({ id }) => reachable.has(id))) continue;
      for (const { id, dtype } of node.outputs) if (isFloat(dtype)) reachable.add(id);
    }
    for (const node of this.nodes.toReversed()) {
      const incoming = node.outputs.map(({ id }) => (reachable.has(id) ? cotangents.get(id) : undefined));
      if (incoming.every((g) => g === undefined)) continue;
      for (const { id } of node.outputs) if (!sources.has(id)) cotangents.delete(id);
      const wanted = node.inputs.map(({ id, dtype }) => reachable.has(id) && isFloat(dtype));
      const origin = node.origin && `${node.origin} (the derivative of ${node.op.name})`;
      const outgoing = withOrigin(origin, () => reverse(node, incoming, wanted));
      for (const [index, input] of node.inputs.entries()) {
        const cotangent = outgoing[index];
        if (cotangent !== undefined) accumulate(cotangents, input, cotangent);
      }
    }
  }

  /** Drops everything that was recorded, so that a scope may free it. */
  release(): void {
    for (const { savedInputs, savedOutputs } of this.nodes) {
      for (const saved of [...savedInputs, ...savedOutputs]) if (saved !== undefined) letGo(saved);
    }
    this.nodes = [];
  }
}

function accumulate(cotangents: Map<number, Tensor>, { id }: Variable, cotangent: Tensor): void {
  const sum = cotangents.get(id);
  cotangents.set(id, sum === undefined ? cotangent : add(sum, cotangent));
}
