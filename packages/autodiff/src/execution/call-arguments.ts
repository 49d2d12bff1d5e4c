/**
 * The arguments of a call of a compiled function: which of their leaves are inputs, and the signature under which a recording
 * is kept. Tensors, typed arrays and numbers are inputs; strings, booleans, functions, Parameters and modules are static.
 */
import { type DType, DTypeError, defaultDType, Tensor, tensor, treeLeaves, treeMap, withBackend } from "@tapegrad/core";
import {
  checkInt32,
  describeValue,
  isHostArray,
  isParameter,
  isPlainObject,
  recordedByIdentity,
  symbolicTensor,
  TracedNumber,
} from "@tapegrad/core/internal";
import { full } from "@tapegrad/ops";

/** A number among the arguments, and the position of the argument that holds it. */
export interface GivenNumber {
  readonly value: number;
  readonly argument: number;
}

export interface CallArguments<Arguments> {
  /** With tensors in place of typed arrays. */
  readonly x: Arguments;
  /** Structure, types and static values as text: equal signatures run the same recording. */
  readonly signature: string;
  /** Those of `x`, in order. */
  readonly tensors: readonly Tensor[];
  readonly numbers: readonly GivenNumber[];
  /** Those that are static by identity. */
  readonly objects: readonly object[];
}

/**
 * @param statics positions of arguments whose numbers are static.
 * @throws DTypeError for an object that is none of the above: its contents would be taken for unchanging.
 */
export function callArguments<Arguments extends readonly unknown[]>(
  given: Arguments,
  statics: ReadonlySet<number>,
): CallArguments<Arguments> {
  const x = withTensors(given, statics);
  const tensors: Tensor[] = [];
  const numbers: GivenNumber[] = [];
  const objects: object[] = [];
  const parts = x.map((argument, at) =>
    signatureOf(argument, (leaf) => {
      if (leaf instanceof Tensor) {
        tensors.push(leaf);
        return `${leaf.dtype}:${leaf.shape.join("x")}`;
      }
      if (typeof leaf !== "number" || statics.has(at)) {
        if (isIdentified(leaf)) objects.push(leaf);
        return staticText(leaf, at);
      }
      numbers.push({ value: leaf, argument: at });
      return "number";
    }),
  );
  return { x, signature: `${defaultDType()} ${parts.join(",")}`, tensors, numbers, objects };
}

/** The same arguments with tensors in place of typed arrays, beside the tensors that there are. */
export function withTensors<Arguments extends readonly unknown[]>(
  given: Arguments,
  statics: ReadonlySet<number>,
): Arguments {
  const leaves = treeLeaves(given);
  if (!leaves.some(isHostArray)) return given;
  const like = leaves.find((leaf) => leaf instanceof Tensor);
  const upload = (leaf: unknown) => (isHostArray(leaf) ? tensor(leaf) : leaf);
  const convert = () => given.map((argument, at) => (statics.has(at) ? argument : treeMap(upload, argument)));
  // The cast: a mapped tuple, whose typed arrays are tensors as its numbers will be.
  return (like === undefined ? convert() : withBackend(like.backend, convert)) as readonly unknown[] as Arguments;
}

/** A number as an input of a recording, in one of the dtypes in which it is used. */
export class NumberInput {
  /** Among the numbers of a call. */
  readonly index: number;
  readonly dtype: DType;
  /** Who asked for it. */
  readonly op: string;

  constructor(index: number, dtype: DType, op: string) {
    this.index = index;
    this.dtype = dtype;
    this.op = op;
  }
}

/** The symbols that stand for the numbers of a call, and, by their ids, the inputs that these may become. */
export function traceNumbers(numbers: readonly GivenNumber[]) {
  const inputs = new Map<number, NumberInput>();
  const symbols = numbers.map(({ argument }, index) => {
    const byDType = new Map<DType, Tensor>();
    const symbol = new TracedNumber(defaultDType(), argument, (dtype, op) => {
      const known = byDType.get(dtype);
      if (known !== undefined) return known;
      const input = symbolicTensor({ shape: [], dtype });
      byDType.set(dtype, input);
      inputs.set(input.variable.id, new NumberInput(index, dtype, op));
      return input;
    });
    // Code that does not ask for a dtype takes the number as a scalar of the default dtype.
    inputs.set(symbol.variable.id, new NumberInput(index, symbol.dtype, "compile"));
    return symbol;
  });
  return { symbols, inputs };
}

/** `value` as the input, beside `like`, that ops would have made of it. @throws DTypeError for a fraction as int32. */
export function numberInput(value: number, { dtype, op }: NumberInput, like: Tensor | undefined): Tensor {
  if (dtype === "int32") checkInt32(op, value);
  return full([], value, like === undefined ? { dtype } : { dtype, like });
}

function signatureOf(tree: unknown, leaf: (value: unknown) => string): string {
  if (Array.isArray(tree)) return `[${tree.map((part) => signatureOf(part, leaf)).join(",")}]`;
  if (!isPlainObject(tree)) return leaf(tree);
  return `{${Object.entries(tree)
    .map(([name, value]) => `${JSON.stringify(name)}:${signatureOf(value, leaf)}`)
    .join(",")}}`;
}

function staticText(leaf: unknown, argument: number): string {
  if (isHostArray(leaf)) return `${describeValue(leaf)} [${Array.from(leaf, numberText).join(",")}]`;
  if (isIdentified(leaf)) return identityOf(leaf);
  if (typeof leaf === "string") return JSON.stringify(leaf);
  if (typeof leaf === "number") return numberText(leaf);
  if (typeof leaf !== "symbol" && (typeof leaf !== "object" || leaf === null)) return `${typeof leaf} ${String(leaf)}`;
  throw new DTypeError(
    "compile",
    `argument ${argument} has a leaf that is neither input nor static: ${describeValue(leaf)}`,
    "pass tensors, typed arrays and numbers, in lists and plain objects, or close over it",
  );
}

function isIdentified(leaf: unknown): leaf is object {
  if (typeof leaf === "function" || isParameter(leaf)) return true;
  return typeof leaf === "object" && leaf !== null && recordedByIdentity in leaf;
}

function numberText(value: number | bigint): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

const identities = new WeakMap<object, number>();
let nextIdentity = 0;

/** A number of its own for every object. */
function identityOf(value: object): string {
  const identity = identities.get(value) ?? nextIdentity++;
  identities.set(value, identity);
  return `#${identity}`;
}
