/** Compiled functions: a function is recorded once per signature of its arguments, and then runs as one Program. */
import {
  applyRegion,
  type CostReport,
  type Executable,
  type Parameter,
  type PlanReport,
  type Program,
  type Residents,
  Tensor,
  type Traced,
  trace,
  treeMap,
  UnsupportedError,
} from "@tapegrad/core";
import {
  checkCount,
  checkList,
  commit,
  commonBackend,
  defined,
  functionOf,
  isParameter,
  isTracing,
  lend,
  letGo,
  optionsOf,
  refusePromise,
  retain,
  tracksOrigins,
} from "@tapegrad/core/internal";
import {
  type CallArguments,
  callArguments,
  type GivenNumber,
  NumberInput,
  numberInput,
  traceNumbers,
} from "../execution/call-arguments.ts";
import { executableFor } from "../execution/executables.ts";
import { flatten } from "../trees/flat-trees.ts";
import { type BodyAttributes, bodyOp } from "./body-op.ts";

/** Every platform has it; not every platform's types are loaded here. */
declare const console: { warn(message: string): void };

/** Recordings kept per function; the one unused for longest goes first. */
const capacity = 64;
/** So many recordings of one function suggest an argument that changes shape at every call. */
const suspicious = 8;

/** A compiled function: called as the one that it was made of, and able to say what became of it. */
export interface Compiled<Arguments extends readonly unknown[], R> {
  (...x: Arguments): R;
  /** What these arguments run, recorded if they never were. */
  program(...x: Arguments): Program;
  /**
   * What a call with these arguments costs, and what compiling did to it; `String(…)` makes lines of it. Nothing is run.
   * @throws UnsupportedError where the backend runs it op by op.
   */
  report(...x: Arguments): CostReport;
  /**
   * How these arguments' Program was planned: what each pass did, and what runs; `String(…)` makes lines of it. Nothing is run.
   * @throws UnsupportedError where the backend runs it op by op.
   */
  plan(...x: Arguments): PlanReport;
}

/** Options of `compile`. */
export interface CompileOptions {
  /**
   * Positions of arguments whose numbers choose shapes or branches: they stay plain numbers, and each value has its own
   * recording. So do typed arrays in them.
   */
  readonly static?: readonly number[] | undefined;
}

const compileOptions = { static: true } as const;

interface Recording extends Pick<Traced<unknown>, "result" | "assigned" | "guards"> {
  readonly key: string;
  readonly attributes: CallAttributes;
  /** What is read besides tensors among the arguments. */
  readonly captures: readonly Captured[];
}

/**
 * Read from outside: Parameters, whatever their value is, and tensors, which no scope around a call may free. Read from the
 * arguments: numbers.
 */
type Captured = Parameter | Tensor | NumberInput;

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
 * by the backend, and run without JavaScript in between. Tensors, typed arrays and numbers are inputs, and arrive in `fn` as
 * tensors; a number takes the dtype of the tensors beside it, as it does outside. `if (n)` and `n === 0` see a tensor, never
 * the number: name such arguments in `options.static`. Booleans and strings are static, and so are functions, modules and
 * Parameters, by identity. Parameters may be read and assigned; assignments take effect when the call has succeeded. Tensors
 * and numbers that `fn` closes over keep the values that they had when it was recorded.
 * @throws TraceError when `fn` reads data; DTypeError for a Map, a Date or another object among the arguments.
 * @pytorch torch.compile
 * @example
 * import { compile, grad, tensor } from "tapegrad";
 * const slope = grad((x) => x.square().sum());
 * const step = compile((x, rate) => x.sub(slope(x).mul(rate)));
 * console.log(step(tensor([1, 2]), tensor(0.1)), step(tensor([4, 8]), tensor(0.5))); // recorded once
 * // → Tensor(float32 [2]) [0.8, 1.6] Tensor(float32 [2]) [0, 0]
 */
export function compile<Arguments extends readonly unknown[] = Tensor[], R = unknown>(
  fn: (...x: Arguments) => R,
  options: CompileOptions = {},
): Compiled<Arguments, R> {
  const { static: listed = [] } = optionsOf("compile", options, compileOptions);
  const statics = new Set(checkList("compile", "static arguments", listed, "{ static: [1] }"));
  for (const at of statics) checkCount("compile", "position of a static argument", at);
  const body = functionOf("compile", "function to compile", fn, "compile(f)(x)");
  const all = new Recordings();
  let count = 0;

  const lookUp = (given: Arguments) => {
    const x = callArguments(given, statics);
    const { list } = all.of(x.objects);
    const found = list.findIndex((recording) => recording.key === x.signature && holds(recording));
    const recording = found < 0 ? record(x) : defined(list.splice(found, 1)[0], "recording");
    list.unshift(recording);
    if (list.length > capacity) for (const capture of list.pop()?.captures ?? []) giveUp(capture);
    return { ...recording, inputs: [...x.tensors, ...current(recording.captures, x)] };
  };

  const record = (given: CallArguments<Arguments>): Recording => {
    const { x, signature: key, tensors, numbers } = given;
    count++;
    if (count === suspicious) {
      console.warn(
        `compile: ${fn.name || "a function"} was recorded ${count} times; do its arguments change shape at every call?`,
      );
    }
    const { symbols, inputs: numberInputs } = traceNumbers(numbers);
    const run = (inputs: readonly Tensor[]) => {
      let [nextTensor, nextNumber] = [0, 0];
      const inner = x.map((argument, at) =>
        treeMap((leaf: unknown) => {
          if (leaf instanceof Tensor) return inputs[nextTensor++];
          return typeof leaf === "number" && !statics.has(at) ? symbols[nextNumber++] : leaf;
        }, argument),
      );
      // The cast: the same tuple with symbols at its leaves.
      return refusePromise("compile", body(...(inner as readonly unknown[] as Arguments)));
    };
    const traced = trace(
      run,
      tensors.map(({ variable }) => variable),
      "compile",
      numberInputs,
    );
    const { program, sources, assigned, result, guards } = traced;
    const captures = traced.captures.map(
      (capture, i) => sources[i] ?? numberInputs.get(capture.variable.id) ?? retain(capture),
    );
    if (count === 1) warnOfUnused(fn.name, numbers, captures);
    const returned = program.outputs.length - assigned.length;
    const residents = {
      inputs: [...tensors.map(() => false), ...sources.map((source) => source !== undefined)],
      outputs: program.outputs.map((_, i) => i >= returned),
    };
    return { key, captures, assigned, result, guards, attributes: { body: program, residents } };
  };

  const call = (...x: Arguments): R => {
    // One Program inside another is a part of it; and who looks for the op that makes a NaN wants to see every op.
    if (isTracing() || tracksOrigins()) return refusePromise("compile", body(...callArguments(x, statics).x));
    const { assigned, result, attributes, inputs, guards } = lookUp(x);
    const outputs = applyRegion(callOp, inputs, attributes);
    const returned = flatten(result as R); // What `fn` returned while it was recorded.
    const effects = outputs.slice(returned.tensors.length);
    commit(assigned, effects);
    for (const guard of guards) guard.settle();
    return returned.rebuild(outputs);
  };
  const ask = <Answer>(question: (executable: Executable) => Answer | undefined, x: Arguments): Answer => {
    const { attributes, inputs } = lookUp(x);
    const backend = commonBackend("compile", inputs);
    const answer = question(executableFor(backend, attributes.body, attributes.residents));
    if (answer !== undefined) return answer;
    throw new UnsupportedError("compile", `the ${backend.name} backend runs this op by op`, "choose another backend");
  };
  const report = (...x: Arguments): CostReport => {
    const costs = ask((executable) => executable.report?.(), x);
    return Object.assign(costs, { toString: () => describeCosts(costs) });
  };
  const plan = (...x: Arguments): PlanReport => {
    const planned = ask((executable) => executable.plan?.(), x);
    return Object.assign(planned, { toString: () => describePlan(planned) });
  };
  return Object.assign(call, { program: (...x: Arguments) => lookUp(x).attributes.body, report, plan });
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

function describePlan({ passes, steps }: PlanReport): string {
  const changes = passes.map(({ name, nodesBefore, nodes }) => `${name}: ${nodesBefore} → ${nodes} entries`);
  return [...changes, ...steps].join("\n");
}

/** A number that no result depends on may have been compared, which nothing can see. */
function warnOfUnused(name: string, numbers: readonly GivenNumber[], captures: readonly Captured[]): void {
  const used = new Set(captures.map((capture) => (capture instanceof NumberInput ? capture.index : undefined)));
  const argument = numbers.find((_, index) => !used.has(index))?.argument;
  if (argument === undefined) return;
  console.warn(
    `compile: no result of ${name || "a function"} depends on a number in argument ${argument}; if the number chooses a shape ` +
      `or a branch, as in if (n) or n === 0, use compile(fn, { static: [${argument}] })`,
  );
}

/** What is captured, as it is now; numbers beside the tensors. */
function current(captures: readonly Captured[], { tensors, numbers }: CallArguments<unknown>): Tensor[] {
  const outside = captures.map((capture) => (isParameter(capture) ? lend(capture) : capture));
  const like = tensors[0] ?? outside.find((value) => value instanceof Tensor);
  return outside.map((value) =>
    value instanceof Tensor ? value : numberInput(defined(numbers[value.index], "number").value, value, like),
  );
}

function giveUp(capture: Captured): void {
  if (capture instanceof Tensor) letGo(capture);
}

/** Whether everything else that the recording depended on is as it was. */
function holds({ guards }: Recording): boolean {
  return guards.every((guard) => guard.holds());
}
