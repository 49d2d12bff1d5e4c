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

interface Recording {
  readonly key: string;
  readonly traced: Traced<unknown>;
  readonly attributes: CallAttributes;
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
  const recordings: Recording[] = [];
  let count = 0;

  const lookUp = (x: Arguments) => {
    const leaves = treeLeaves(x);
    const like = leaves.find((leaf) => leaf instanceof Tensor);
    const tensors = leaves.flatMap((leaf) => {
      if (typeof leaf === "number") return [numberInput(leaf, like)];
      return leaf instanceof Tensor ? [leaf] : [];
    });
    const key = `${defaultDType()} ${signatureOf(x)}`;
    const found = recordings.findIndex((recording) => recording.key === key && holds(recording));
    const recording = found < 0 ? record(x, tensors, key) : defined(recordings.splice(found, 1)[0], "recording");
    recordings.unshift(recording);
    if (recordings.length > capacity) recordings.pop();
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
    const { program, sources, assigned } = traced;
    const returned = program.outputs.length - assigned.length;
    const residents = {
      inputs: [...tensors.map(() => false), ...sources.map((source) => source !== undefined)],
      outputs: program.outputs.map((_, i) => i >= returned),
    };
    return { key, traced, attributes: { body: program, residents } };
  };

  const call = (...x: Arguments): R => {
    // One Program inside another is a part of it; and who looks for the op that makes a NaN wants to see every op.
    if (isTracing() || tracksOrigins()) return refusePromise("compile", fn(...x));
    const { traced, attributes, tensors } = lookUp(x);
    const { captures, sources, assigned, result } = traced;
    const current = captures.map((capture, i) => sources[i]?.lend() ?? capture);
    const outputs = applyRegion(callOp, [...tensors, ...current], attributes);
    const returned = flatten(result as R); // What `fn` returned while it was recorded.
    const effects = outputs.slice(returned.tensors.length);
    commit(assigned, effects);
    return returned.rebuild(outputs);
  };
  const report = (...x: Arguments): CostReport => {
    const { attributes, traced, tensors } = lookUp(x);
    const backend = commonBackend("compile", [...tensors, ...traced.captures]);
    const { body, residents } = attributes;
    const costs = executableFor(backend, body, residents).report?.();
    if (costs !== undefined) return Object.assign(costs, { toString: () => describeCosts(costs) });
    throw new UnsupportedError("compile", `the ${backend.name} backend runs this op by op`, "choose another backend");
  };
  return Object.assign(call, { program: (...x: Arguments) => lookUp(x).traced.program, report });
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

/** Whether everything else that the recording depended on is as it was. */
function holds({ traced }: Recording): boolean {
  return traced.guards.every(({ read, value }) => Object.is(read(), value));
}

/** Structure, types and static values of arguments, as text: equal signatures run the same recording. */
function signatureOf(tree: unknown): string {
  if (Array.isArray(tree)) return `[${tree.map(signatureOf).join(",")}]`;
  if (tree instanceof Tensor) return `${tree.dtype}:${tree.shape.join("x")}`;
  if (typeof tree === "number") return "number";
  if (isPlainObject(tree)) {
    return `{${Object.entries(tree)
      .map(([name, value]) => `${JSON.stringify(name)}:${signatureOf(value)}`)
      .join(",")}}`;
  }
  const isObject = typeof tree === "function" || (typeof tree === "object" && tree !== null);
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
