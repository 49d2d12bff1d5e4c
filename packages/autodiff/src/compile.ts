/** A function recorded once per signature and run as one Program ever after. */
import {
  applyRegion,
  type CostReport,
  commit,
  commonBackend,
  defaultDType,
  defined,
  isFloat,
  isPlainObject,
  isTracing,
  Parameter,
  type Program,
  type Residents,
  refusePromise,
  Tensor,
  type Traced,
  trace,
  tracksOrigins,
  treeLeaves,
  treeMap,
  UnsupportedError,
} from "@tapegrad/core";
import { full } from "@tapegrad/ops";
import { type BodyAttributes, bodyOp } from "./body-op.ts";
import { executableFor } from "./executables.ts";
import { flatten } from "./leaves.ts";

/** Every platform has it; not every platform's types are loaded here. */
declare const console: { warn(message: string): void };

/** Recordings kept per function; the one unused for longest goes first. */
const capacity = 64;
/** So many recordings of one function suggest an argument that changes shape at every call. */
const suspicious = 8;

export interface Compiled<Arguments extends readonly unknown[], R> {
  (...x: Arguments): R;
  /** What these arguments run, recorded if they never were. */
  program(...x: Arguments): Program;
  /**
   * What a call with these arguments costs, and what compiling did to it; `String(…)` makes lines of it. Nothing is run.
   * @throws UnsupportedError where the backend runs it op by op.
   */
  report(...x: Arguments): CostReport;
}

interface Recording extends Pick<Traced<unknown>, "result" | "assigned" | "guards"> {
  readonly key: string;
  readonly attributes: CallAttributes;
  /** What is read from outside: Parameters, whatever their value is, and tensors, which no scope around a call may free. */
  readonly captures: readonly (Parameter | Tensor)[];
}

/**
 * Recordings by the static objects among the arguments. Nobody can ask for a recording once one of these objects was collected,
 * so it must not keep them, nor what it knows through them: a model's Parameters.
 */
class Recordings {
  /** The one used last comes first. */
  readonly list: Recording[] = [];
  readonly #more = new WeakMap<object, Recordings>();

  of([first, ...rest]: readonly object[]): Recordings {
    if (first === undefined) return this;
    const found = this.#more.get(first) ?? new Recordings();
    this.#more.set(first, found);
    return found.of(rest);
  }
}

interface CallAttributes extends BodyAttributes {
  readonly residents: Residents;
}

const callOp = bodyOp<CallAttributes>("call", (inputs, { body, residents }) =>
  executableFor(commonBackend("call", inputs), body, residents)(inputs),
);

/**
 * `fn` as one Program: recorded once for each combination of argument structure, shapes, dtypes and static arguments, optimised
 * by the backend, and run without JavaScript in between. Tensors and numbers are inputs, also inside `fn`, where a number
 * arrives as a tensor; booleans, strings and other objects are static. Parameters may be read and assigned; assignments take
 * effect when the call has succeeded. A tensor that `fn` closes over keeps the value that it had when it was recorded.
 * @throws TraceError when `fn` reads data.
 */
export function compile<Arguments extends readonly unknown[], R>(fn: (...x: Arguments) => R): Compiled<Arguments, R> {
  const all = new Recordings();
  let count = 0;

  const lookUp = (x: Arguments) => {
    const leaves = treeLeaves(x);
    const like = leaves.find((leaf) => leaf instanceof Tensor);
    const tensors = leaves.flatMap((leaf) => {
      if (typeof leaf === "number") return [numberInput(leaf, like)];
      return leaf instanceof Tensor ? [leaf] : [];
    });
    const objects: object[] = [];
    const key = `${defaultDType()} ${signatureOf(x, objects)}`;
    const { list } = all.of(objects);
    const found = list.findIndex((recording) => recording.key === key && holds(recording));
    const recording = found < 0 ? record(x, tensors, key) : defined(list.splice(found, 1)[0], "recording");
    list.unshift(recording);
    if (list.length > capacity) for (const capture of list.pop()?.captures ?? []) letGo(capture);
    return { ...recording, tensors };
  };

  const record = (x: Arguments, tensors: readonly Tensor[], key: string): Recording => {
    count++;
    if (count === suspicious) {
      console.warn(
        `compile: ${fn.name || "a function"} was recorded ${count} times; do its arguments change shape at every call?`,
      );
    }
    const run = (inputs: readonly Tensor[]) => {
      let next = 0;
      const isInput = (leaf: unknown) => leaf instanceof Tensor || typeof leaf === "number";
      const inner = treeMap<Arguments>((leaf: unknown) => (isInput(leaf) ? inputs[next++] : leaf), x);
      return refusePromise("compile", fn(...inner));
    };
    const traced = trace(
      run,
      tensors.map(({ variable }) => variable),
      "compile",
    );
    const { program, sources, assigned, result, guards } = traced;
    const captures = traced.captures.map((capture, i) => sources[i] ?? capture.retain());
    const returned = program.outputs.length - assigned.length;
    const residents = {
      inputs: [...tensors.map(() => false), ...sources.map((source) => source !== undefined)],
      outputs: program.outputs.map((_, i) => i >= returned),
    };
    return { key, captures, assigned, result, guards, attributes: { body: program, residents } };
  };

  const call = (...x: Arguments): R => {
    // One Program inside another is a part of it; and who looks for the op that makes a NaN wants to see every op.
    if (isTracing() || tracksOrigins()) return refusePromise("compile", fn(...x));
    const { captures, assigned, result, attributes, tensors } = lookUp(x);
    const outputs = applyRegion(callOp, [...tensors, ...captures.map(current)], attributes);
    const returned = flatten(result as R); // What `fn` returned while it was recorded.
    const effects = outputs.slice(returned.tensors.length);
    commit(assigned, effects);
    return returned.rebuild(outputs);
  };
  const report = (...x: Arguments): CostReport => {
    const { attributes, captures, tensors } = lookUp(x);
    const backend = commonBackend("compile", [...tensors, ...captures.map(current)]);
    const { body, residents } = attributes;
    const costs = executableFor(backend, body, residents).report?.();
    if (costs !== undefined) return Object.assign(costs, { toString: () => describeCosts(costs) });
    throw new UnsupportedError("compile", `the ${backend.name} backend runs this op by op`, "choose another backend");
  };
  return Object.assign(call, { program: (...x: Arguments) => lookUp(x).attributes.body, report });
}

function describeCosts({ kernels, operations, bytes, arena, residents, fused, leftLoops }: CostReport): string {
  const count = (n: number) => n.toLocaleString("en");
  return [
    `${count(kernels)} kernels, ${count(operations)} floating-point operations, ${count(bytes)} bytes read and written`,
    `arena ${count(arena)} bytes, Parameters ${count(residents)} bytes`,
    ...leftLoops.map((line) => `left the loop, ${line}`),
    ...fused.map((line) => `fused ${line}`),
  ].join("\n");
}

/** A number beside tensors is one of theirs: on the first one's backend, in its float dtype. */
function numberInput(value: number, like: Tensor | undefined): Tensor {
  const dtype = like !== undefined && isFloat(like.dtype) ? like.dtype : defaultDType();
  return full([], value, like === undefined ? { dtype } : { dtype, like });
}

function current(capture: Parameter | Tensor): Tensor {
  return capture instanceof Parameter ? capture.lend() : capture;
}

function letGo(capture: Parameter | Tensor): void {
  if (capture instanceof Tensor) capture.letGo();
}

/** Whether everything else that the recording depended on is as it was. */
function holds({ guards }: Recording): boolean {
  return guards.every(({ read, value }) => Object.is(read(), value));
}

/**
 * Structure, types and static values of arguments, as text: equal signatures run the same recording. Adds to `objects` those
 * that are static by identity.
 */
function signatureOf(tree: unknown, objects: object[]): string {
  if (Array.isArray(tree)) return `[${tree.map((part) => signatureOf(part, objects)).join(",")}]`;
  if (tree instanceof Tensor) return `${tree.dtype}:${tree.shape.join("x")}`;
  if (typeof tree === "number") return "number";
  if (isPlainObject(tree)) {
    return `{${Object.entries(tree)
      .map(([name, value]) => `${JSON.stringify(name)}:${signatureOf(value, objects)}`)
      .join(",")}}`;
  }
  const isObject = typeof tree === "function" || (typeof tree === "object" && tree !== null);
  if (isObject) objects.push(tree);
  return isObject
    ? identityOf(tree)
    : `${typeof tree} ${typeof tree === "string" ? JSON.stringify(tree) : String(tree)}`;
}

const identities = new WeakMap<object, number>();
let nextIdentity = 0;

function identityOf(value: object): string {
  const identity = identities.get(value) ?? nextIdentity++;
  identities.set(value, identity);
  return `#${identity}`;
}
