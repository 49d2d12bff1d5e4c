// Types of Symbol.dispose, also for consumers whose `lib` lacks them.
/// <reference lib="esnext.disposable" preserve="true" />
/** The tape as users have it: a recording that says what is wrong with what it is asked. */
import {
  DisposedError,
  DTypeError,
  formatShape,
  isFloat,
  type Parameter,
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
  functionOf,
  isActive,
  isParameter,
  leafPaths,
  optionsOf,
  refusePromise,
  withFrame,
} from "@tapegrad/core/internal";
import { checkSource, expandModules, type Gradients, type Source } from "../trees/sources.ts";
import type { TapeNode } from "./node.ts";
import { Recording } from "./recording.ts";
import { seedFor } from "./seed.ts";

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
 * Records ops, and computes gradients in reverse mode: for a target y and sources x₁, …, `gradient(y, [x₁, …])` gives [∂y/∂x₁,
 * …], each of its source's shape. A target with more than one value needs a seed g of its shape, and gives gᵀ·∂y/∂x. With
 * `sources`, the tape saves only values that depend on them. Without, it saves all values that derivatives need, until
 * `gradient` is called.
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
  readonly #recording: Recording;
  #released = false;
  /** The value that each Parameter had when the recording first met it. */
  readonly #entries = new Map<Parameter, Variable>();

  constructor(options: TapeOptions = {}) {
    const { sources: tree, keep = "needed" } = optionsOf("Tape", options, { sources: true, keep: true });
    const keepAll = checkChoice("Tape", "keep", keep, ["needed", "all"]) === "all";
    const sources = tree === undefined ? undefined : sourcesOf("Tape", expandModules(tree));
    const parameters = new Set(sources?.filter((source) => isParameter(source)));
    this.#recording = new Recording({
      sources: sources?.flatMap((source) => (isParameter(source) ? [] : [source.variable])),
      keepAll,
      enter: (parameter, value) => {
        if (this.#entries.has(parameter)) return;
        this.#entries.set(parameter, value);
        if (parameters.has(parameter)) this.#recording.connect(value);
      },
    });
  }

  /** The recorded applications in order. A node's variables identify values; its saved tensors are those kept. */
  get nodes(): readonly TapeNode[] {
    return this.#recording.nodes;
  }

  /** Runs `fn` and records the ops that it applies. May be called several times; the tape grows. */
  record<T>(fn: () => T): T {
    this.#checkUsable("record");
    const run = functionOf("record", "function to record", fn, "tape.record(() => f(x))");
    return withFrame(this.#recording.frame, () => refusePromise("record", run()));
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
    const expanded = expandModules(sources);
    const resolved = sourcesOf("gradient", expanded).map((source) => this.#resolve(source));
    if (!this.#recording.made.has(id) && !resolved.some((source) => source.id === id)) {
      throw new TraceError(
        "gradient",
        `the target ${formatShape(target.shape)} was not recorded by this tape`,
        "compute it inside tape.record",
      );
    }
    return this.#pullback([target], [seedFor("gradient", target, seed)], expanded, resolved);
  }

  /** The cotangents of `sources` for given cotangents of several targets, which need not have been recorded. */
  pullback<const Sources>(targets: readonly Tensor[], seeds: readonly Tensor[], sources: Sources): Gradients<Sources> {
    this.#checkUsable("pullback");
    const expanded = expandModules(sources);
    const resolved = sourcesOf("gradient", expanded).map((source) => this.#resolve(source));
    return this.#pullback(targets, seeds, expanded, resolved);
  }

  /** The cotangents of `variables` in the place of the leaves of `sources`. */
  #pullback<T>(
    targets: readonly Tensor[],
    seeds: readonly Tensor[],
    sources: unknown,
    variables: readonly Variable[],
  ): T {
    const cotangents = this.#recording.pullback(targets, seeds, variables);
    let next = 0;
    return treeMap<T>(() => cotangents[next++], sources);
  }

  /** The variable that a source stands for; a Parameter that was never read stands for its value now, unconnected. */
  #resolve(source: Source): Variable {
    return isParameter(source) ? (this.#entries.get(source) ?? source.value.variable) : source.variable;
  }

  /** Drops everything that was recorded, so that a scope may free it. Later calls are errors. */
  release(): void {
    this.#recording.release();
    this.#released = true;
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #checkUsable(what: string): void {
    if (this.#released) throw new DisposedError(what, "the tape was released", "release it after its last gradient");
    if (isActive(this.#recording.frame))
      throw new TraceError(
        what,
        "called inside this tape's own record",
        "call it after record returns, or nest another tape",
      );
  }
}

/** The leaves of `sources`, modules expanded. @throws DTypeError for one that has no derivative. */
function sourcesOf(op: string, sources: unknown): Source[] {
  return treeLeaves(sources).map((leaf, i) => {
    const isSource = (isParameter(leaf) || leaf instanceof Tensor) && isFloat(leaf.dtype);
    return isSource ? leaf : checkSource(op, defined(leafPaths(sources, "sources")[i], "path"), leaf);
  });
}
