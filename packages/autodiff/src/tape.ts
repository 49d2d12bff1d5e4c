// Types of Symbol.dispose, also for consumers whose `lib` lacks them.
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The tape: op applications in the order in which they happened, and the walk back through them. Walking is written in ops,
 * so an outer tape that records the walk can be asked for the next derivative.
 */
import {
  DisposedError,
  DTypeError,
  formatShape,
  isFloat,
  type Parameter,
  ShapeError,
  sameShape,
  Tensor,
  TraceError,
  treeLeaves,
  treeMap,
  type Variable,
} from "@tapegrad/core";
import {
  checkChoice,
  defined,
  describeValue,
  type Frame,
  functionOf,
  isActive,
  isParameter,
  leafPaths,
  letGo,
  optionsOf,
  refusePromise,
  withFrame,
  withOrigin,
} from "@tapegrad/core/internal";
import { add, cast } from "@tapegrad/ops";
import { constant } from "@tapegrad/ops/internal";
import { isDifferentiable, nodeOf, type TapeNode } from "./node.ts";
import { reverse } from "./rules.ts";
import { checkSource, expandModules, type Gradients, type Source } from "./sources.ts";

/** Options of `new Tape`. */
export interface TapeOptions {
  /** With these, the tape saves only what depends on them. */
  readonly sources?: unknown | undefined;
  /** "all" keeps every application and operand, for drawing; by default only what derivatives need. */
  readonly keep?: "needed" | "all" | undefined;
}

/** Options of `tape.gradient`. */
export interface GradientOptions {
  /** The cotangent of the target, of its shape; required unless the target is a single value. */
  readonly seed?: Tensor | undefined;
}

/**
 * Records what is computed from its sources, and gives gradients of results with respect to them. Without `sources`,
 * everything inside `record` is kept until `gradient` was asked for.
 * @throws ShapeError unless a single value is differentiated or a seed is given; DTypeError for sources that hold integers.
 * @pytorch torch.autograd.grad
 * @example
 * import { Parameter, Tape } from "tapegrad";
 * const w = new Parameter([1, 2]);
 * const tape = new Tape();
 * const loss = tape.record(() => w.value.square().sum());
 * const [gradient] = tape.gradient(loss, [w]);
 * console.log(loss, gradient); // → Tensor(float32 []) 5 Tensor(float32 [2]) [2, 4]
 */
export class Tape {
  #nodes: TapeNode[] = [];
  #released = false;
  readonly #keepAll: boolean;
  /** Every value that the recording made, kept or not. */
  readonly #made = new Set<number>();
  /** The value that each Parameter had when the recording first met it. */
  readonly #entries = new Map<Parameter, Variable>();
  /** What depends on the sources so far; undefined when any value may become a source. */
  readonly #connected: Set<number> | undefined;
  readonly #sourceParameters = new Set<Parameter>();
  readonly #frame: Frame = {
    kind: "tape",
    record: (application) => {
      const { inputs, outputs } = application;
      for (const { variable } of outputs) this.#made.add(variable.id);
      const connected =
        this.#connected === undefined || inputs.some(({ variable }) => this.#connected?.has(variable.id));
      const differentiable = isDifferentiable(application);
      if (!this.#keepAll && !(connected && differentiable)) return;
      if (connected && differentiable) for (const { variable } of outputs) this.#connected?.add(variable.id);
      this.#nodes.push(nodeOf(application, this.#keepAll));
    },
    enter: (parameter, value) => {
      if (this.#entries.has(parameter)) return;
      this.#entries.set(parameter, value.variable);
      if (this.#sourceParameters.has(parameter)) this.#connected?.add(value.variable.id);
    },
  };

  constructor(options: TapeOptions = {}) {
    const { sources, keep = "needed" } = optionsOf("Tape", options, { sources: true, keep: true });
    this.#keepAll = checkChoice("Tape", "keep", keep, ["needed", "all"]) === "all";
    if (sources === undefined) return;
    this.#connected = new Set();
    for (const source of sourcesOf("Tape", expandModules(sources))) {
      if (isParameter(source)) this.#sourceParameters.add(source);
      else this.#connected.add(source.variable.id);
    }
  }

  /** The recorded applications in order. A node's variables identify values; its saved tensors are those kept. */
  get nodes(): readonly TapeNode[] {
    return this.#nodes;
  }

  /** Runs `fn` and records the ops that it applies. May be called several times; the tape grows. */
  record<T>(fn: () => T): T {
    this.#checkUsable("record");
    const run = functionOf("record", "function to record", fn, "tape.record(() => f(x))");
    return withFrame(this.#frame, () => refusePromise("record", run()));
  }

  /**
   * The gradient of `target` with respect to a tree of tensors, Parameters and modules: the same tree, for a module the list
   * of its Parameters' gradients. Sources that `target` does not depend on give zeros; a Parameter counts with the value that
   * it had when the recording first met it. Callable repeatedly.
   * @throws TraceError inside the tape's own `record`, or when the tape did not make `target`; ShapeError when a target of
   * several values comes without a seed; DTypeError for sources that hold integers; DisposedError after `release`.
   */
  gradient<const Sources>(target: Tensor, sources: Sources, options: GradientOptions = {}): Gradients<Sources> {
    this.#checkUsable("gradient");
    const { seed } = optionsOf("gradient", options, { seed: true });
    if (!(target instanceof Tensor)) {
      const remedy = "pass the tensor that was recorded, then the sources";
      throw new DTypeError("gradient", `the target is not a tensor: ${describeValue(target)}`, remedy);
    }
    const { id } = target.variable;
    const resolved = sourcesOf("gradient", expandModules(sources)).map((source) => this.#resolve(source));
    if (!this.#made.has(id) && !resolved.some((source) => source.id === id)) {
      throw new TraceError(
        "gradient",
        `the target ${formatShape(target.shape)} was not recorded by this tape`,
        "compute it inside tape.record",
      );
    }
    return this.pullback([target], [seedFor("gradient", target, seed)], sources);
  }

  /** The cotangents of `sources` for given cotangents of several targets, which need not have been recorded. */
  pullback<const Sources>(targets: readonly Tensor[], seeds: readonly Tensor[], sources: Sources): Gradients<Sources> {
    this.#checkUsable("pullback");
    const expanded = expandModules(sources);
    const leaves = sourcesOf("gradient", expanded).map((source) => this.#resolve(source));
    const wanted = new Set(leaves.map((leaf) => leaf.id));
    const cotangents = new Map<number, Tensor>();
    for (const [i, target] of targets.entries()) accumulate(cotangents, target.variable, defined(seeds[i], "seed"));
    this.#walkBack(cotangents, wanted);
    let next = 0;
    return treeMap(() => {
      const { id, shape, dtype } = defined(leaves[next++], "source");
      return cotangents.get(id) ?? constant(shape, 0, dtype, targets[0]);
    }, expanded);
  }

  #walkBack(cotangents: Map<number, Tensor>, sources: ReadonlySet<number>): void {
    const reachable = new Set(sources);
    for (const node of this.#nodes) {
      if (!isDifferentiable(node) || !node.inputs.some(({ id }) => reachable.has(id))) continue;
      for (const { id, dtype } of node.outputs) if (isFloat(dtype)) reachable.add(id);
    }
    for (const node of this.#nodes.toReversed()) {
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

  /** The variable that a source stands for; a Parameter that was never read stands for its value now, unconnected. */
  #resolve(source: Source): Variable {
    return isParameter(source) ? (this.#entries.get(source) ?? source.value.variable) : source.variable;
  }

  /** Drops everything that was recorded, so that a scope may free it. Later calls are errors. */
  release(): void {
    for (const { savedInputs, savedOutputs } of this.#nodes) {
      for (const saved of [...savedInputs, ...savedOutputs]) if (saved !== undefined) letGo(saved);
    }
    this.#nodes = [];
    this.#released = true;
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #checkUsable(what: string): void {
    if (this.#released) throw new DisposedError(what, "the tape was released", "release it after its last gradient");
    if (isActive(this.#frame))
      throw new TraceError(
        what,
        "called inside this tape's own record",
        "call it after record returns, or nest another tape",
      );
  }
}

function accumulate(cotangents: Map<number, Tensor>, { id }: Variable, cotangent: Tensor): void {
  const sum = cotangents.get(id);
  cotangents.set(id, sum === undefined ? cotangent : add(sum, cotangent));
}

/** The leaves of `sources`, modules expanded. @throws DTypeError for one that has no derivative. */
function sourcesOf(op: string, sources: unknown): Source[] {
  const paths = leafPaths(sources, "sources");
  return treeLeaves(sources).map((leaf, i) => checkSource(op, defined(paths[i], "path"), leaf));
}

/** The cotangent to start from, in the name of `op`: `seed`, or 1 for a single value. */
export function seedFor(op: string, target: Tensor, seed?: Tensor): Tensor {
  if (!isFloat(target.dtype))
    throw new DTypeError(op, `the target is ${target.dtype}, not a float`, "differentiate a float result");
  if (seed !== undefined && !(seed instanceof Tensor))
    throw new DTypeError(op, `the seed is not a tensor: ${describeValue(seed)}`, "use a tensor like the target");
  if (seed === undefined) {
    if (target.size !== 1) {
      throw new ShapeError(
        op,
        `the target has ${target.size} values: ${formatShape(target.shape)}`,
        "reduce it to one, or pass { seed }",
      );
    }
    return constant(target.shape, 1, target.dtype, target);
  }
  if (!sameShape(seed.shape, target.shape)) {
    throw new ShapeError(op, `the seed has another shape: ${formatShape(seed.shape)} for ${formatShape(target.shape)}`);
  }
  return cast(seed, target.dtype);
}
