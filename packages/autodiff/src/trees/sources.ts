/** Sources of a derivative, the values with respect to which it is taken: trees of tensors, numbers, Parameters and modules. */
import {
  DTypeError,
  isFloat,
  type MapTree,
  type Parameter,
  Tensor,
  type TensorType,
  treeLeaves,
  treeMap,
} from "@tapegrad/core";
import { defined, describeValue, isNumberLike, isParameter, leafPaths, withBound } from "@tapegrad/core/internal";
import { asTensor } from "@tapegrad/ops";

/** What a derivative can be taken with respect to. */
export type Source = Tensor | Parameter;

/** A part of a model, such as a Module: it stands for the list of its Parameters, and its gradient is a list as well. */
export interface Parameterized {
  parameters(): readonly Parameter[];
}

/** The tree of `Sources` with a tensor at every leaf, for a module a list of them; transforms make tensors of numbers. */
export type Gradients<Sources> = Sources extends Source | number
  ? Tensor
  : Sources extends Parameterized
    ? Tensor[]
    : Sources extends readonly unknown[] | object
      ? { -readonly [K in keyof Sources]: Gradients<Sources[K]> }
      : Sources;

/**
 * `X`, from which nothing is inferred. Otherwise `grad(grad((x) => …))` would take the inner result for a tree of tensors and guess its
 * argument from that. `NoInfer` would make objects of the arrays in `X`.
 */
export type NotInferred<X> = [X][X extends unknown ? 0 : never];

/** The tree of `R` with a tree like `X` in place of every tensor. */
export type Jacobian<R, X> = MapTree<R, Tensor, Gradients<X>>;

/** `tree` with the list of its Parameters in place of every module. */
export function expandModules(tree: unknown): unknown {
  return treeMap((leaf: unknown) => (isParameterized(leaf) ? [...leaf.parameters()] : leaf), tree);
}

function isParameterized(leaf: unknown): leaf is Parameterized {
  return typeof leaf === "object" && leaf !== null && "parameters" in leaf && typeof leaf.parameters === "function";
}

/** `leaf`, which is at `path`. @throws DTypeError unless it is a tensor or Parameter, of floats. */
export function checkSource(op: string, path: string, leaf: unknown): Source {
  if (!(leaf instanceof Tensor || isParameter(leaf))) {
    throw new DTypeError(
      op,
      `${path} is not a tensor: ${describeValue(leaf)}`,
      "differentiate with respect to trees of tensors, Parameters and modules",
    );
  }
  const name = isParameter(leaf) ? `${path} (${leaf.name})` : path;
  checkFloat(op, name, leaf, "cast it to a float dtype, or leave it out of what is differentiated (close over it)");
  return leaf;
}

/** @throws DTypeError when `value`, which is at `path`, holds integers or bools. */
export function checkFloat(op: string, path: string, { dtype }: Pick<TensorType, "dtype">, remedy: string): void {
  if (!isFloat(dtype)) throw new DTypeError(op, `${path} is ${dtype}, which has no derivative`, remedy);
}

/** A tree of sources that a transform gives other values. A Parameter that is in it twice is one source. */
export interface Inputs<X> {
  /** The values of the sources, Parameters' included. */
  readonly tensors: readonly Tensor[];
  /** For each leaf of the tree, modules expanded, which of `tensors` it is. */
  readonly slots: readonly number[];
  /** `f` of the tree with other tensors in place, and Parameters bound to theirs; what `f` assigns to them is assigned. */
  bind<R>(tensors: readonly Tensor[], f: (x: X) => R): R;
  /** Results of the tree's structure, one tensor per leaf. */
  gather(tensors: readonly Tensor[]): Gradients<X>;
}

/** The sources in `x`, which messages call `root`. @throws DTypeError for a leaf that is neither a tensor, nor a Parameter, nor a number, nor a module, and for integers. */
export function inputsOf<X>(op: string, root: string, x: X): Inputs<X> {
  const expanded = expandModules(x);
  const paths = leafPaths(expanded, root);
  const sources: Source[] = [];
  const known = new Map<Parameter, number>();
  const slots = treeLeaves(expanded).map((leaf, i) => {
    const source = checkSource(op, defined(paths[i], "path"), isNumberLike(leaf) ? asTensor(leaf) : leaf);
    const before = isParameter(source) ? known.get(source) : undefined;
    if (before !== undefined) return before;
    if (isParameter(source)) known.set(source, sources.length);
    return sources.push(source) - 1;
  });
  const gather = <T>(tree: unknown, tensors: readonly Tensor[]) => {
    let next = 0;
    return treeMap<T>(() => tensors[defined(slots[next++], "slot")], tree);
  };
  return {
    tensors: sources.map((source) => (isParameter(source) ? source.value : source)),
    slots,
    bind: (tensors, f) => {
      const given = Array.from(
        known,
        ([parameter, slot]) => [parameter, defined(tensors[slot], "value of a Parameter")] as const,
      );
      let next = 0;
      const tree = treeMap<X>((leaf: unknown) => {
        if (isParameterized(leaf)) {
          next += leaf.parameters().length;
          return leaf;
        }
        const slot = defined(slots[next++], "slot");
        return isParameter(leaf) ? leaf : tensors[slot];
      }, x);
      const { result, after } = withBound(given, () => ({
        result: f(tree),
        after: given.map(([parameter, before]) => ({ parameter, before, value: parameter.value })),
      }));
      for (const { parameter, before, value } of after) if (value !== before) parameter.assign(value);
      return result;
    },
    gather: (tensors) => gather(expanded, tensors),
  };
}
