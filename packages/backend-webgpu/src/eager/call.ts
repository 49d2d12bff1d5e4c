/** Calls of single ops as Programs of one node, whose shaders serve all shapes of a rank. */
import { dense, isPlain, type PlainStep, type Schedule, type Storage, schedule, valuesOf } from "@tapegrad/compiler";
import { type Attributes, type OpDefinition, Program, sizeOf, type TensorType } from "@tapegrad/core";
import { BoundedCache, defined, freshVariable, internal } from "@tapegrad/core/internal";
import type { Commands } from "../device/commands.ts";
import type { Memory } from "../device/memory.ts";
import type { Pipeline, Pipelines } from "../device/pipelines.ts";
import type { Division, StepKernel } from "../kernels/kernel.ts";
import { kernelsOf } from "../kernels/kernels.ts";
import { reduceKernels } from "../kernels/reduce.ts";
import { inFours, sizedShader } from "../kernels/shader.ts";
import { Parameters } from "../kernels/sizes.ts";
import { splitReductions } from "../program/split-reductions.ts";
import { target } from "../program/target.ts";
import type { BufferUse } from "../wgsl/buffer.ts";
import { cutSteps } from "./cut.ts";
import { type Bindable, windowsOf } from "./windows.ts";

export interface Operand extends TensorType {
  readonly memory: Memory;
}

/** What calls need of their backend. */
export interface EagerPlatform {
  readonly commands: Commands;
  readonly pipelines: Pipelines;
  readonly division: Omit<Division, "sizes">;
  readonly bindable: Bindable;
  /** Workgroups of a dispatch. */
  readonly groups: number;
  allocate(op: string, elements: number): Memory;
  free(memory: Memory): void;
}

/** Pages that a dispatch binds of one of the memories of a call. */
interface Bound {
  readonly memory: number;
  readonly first: number;
  readonly pages: number;
}

interface Dispatch {
  readonly pipeline: Pipeline;
  readonly bound: readonly Bound[];
  readonly words: readonly number[];
  readonly groups: number;
}

/** All that a call does, whatever the operands hold. Its memories: the operands, what it makes, and then what only it uses. */
interface CallPlan {
  readonly dispatches: readonly Dispatch[];
  /** The number of the memory that is the result. */
  readonly result: number;
  /** Elements of the memories behind the operands. */
  readonly made: readonly number[];
}

/** Kinds of calls that are remembered: ops on operands of some shapes. */
const capacity = 1024;

export class EagerCalls {
  readonly #platform: EagerPlatform;
  readonly #plans = new BoundedCache<string, CallPlan>(capacity);

  constructor(platform: EagerPlatform) {
    this.#platform = platform;
  }

  /** The memory of the result. @throws UnsupportedError where it would have to bind more pages than the adapter can. */
  run(op: OpDefinition, operands: readonly Operand[], attributes: Attributes, output: TensorType): Memory {
    const { commands, allocate, free } = this.#platform;
    const plan = this.#plans.get(nameOfCall(op, operands, attributes, output), () =>
      this.#plan(op, operands, attributes, output),
    );
    const inputs = operands.map(({ memory }) => memory);
    const made = plan.made.map((elements) => allocate(op.name, elements));
    const memories = [...inputs, ...made];
    const result = defined(memories[plan.result], "result");
    const blocks = memories.flatMap((memory) => memory.blocks);
    for (const { pipeline, bound, words, groups } of plan.dispatches) {
      const pages = bound.flatMap(({ memory, first, pages }) => {
        const { blocks } = defined(memories[memory], "memory");
        return blocks.slice(first, first + pages);
      });
      commands.dispatch({ op: op.name, pipeline, inputs, output: result, blocks, bound: pages, words, groups });
    }
    for (const memory of made) if (memory !== result) free(memory);
    return result;
  }

  #plan(op: OpDefinition, operands: readonly Operand[], attributes: Attributes, output: TensorType): CallPlan {
    const { bindable } = this.#platform;
    const { steps, inputs, outputs } = scheduleOf(op, operands, attributes, output);
    const { storage } = defined(outputs[0], "output").address;
    const numbers = new Map(inputs.map(({ address }, number) => [address.storage, number]));
    const cutUp = cutSteps(op.name, steps, bindable);
    const made = numbers.has(storage) ? [] : [storage.elements];
    if (made.length > 0) numbers.set(storage, inputs.length);
    for (const step of cutUp) {
      for (const { address } of valuesOf(step).writes) {
        if (numbers.has(address.storage)) continue;
        numbers.set(address.storage, inputs.length + made.length);
        made.push(address.storage.elements);
      }
    }
    const dispatches = cutUp.flatMap((step) => this.#dispatchesOf(op, step, numbers));
    return { dispatches, made, result: defined(numbers.get(storage), "result") };
  }

  #dispatchesOf(op: OpDefinition, step: PlainStep, numbers: ReadonlyMap<Storage, number>): readonly Dispatch[] {
    const { division, bindable, pipelines, groups } = this.#platform;
    const { pageLength } = bindable;
    const sizes = new Parameters();
    const own = { ...division, sizes };
    const windows = windowsOf(step, pageLength);
    const written = new Set(valuesOf(step).writes.map(({ address }) => address.storage));
    const kernels: readonly StepKernel[] =
      step.kind === "reduce" && op.name === "logSumExp"
        ? reduceKernels({ ...step, op: op.name }, own)
        : kernelsOf(step, own);
    return kernels.map((kernel) => {
      const storages = [...new Set(kernel.values.map(({ address }) => address.storage))];
      const windowOf = (storage: Storage) => windows.get(storage) ?? { first: 0, pages: 1 };
      const uses = storages.map(
        (storage): BufferUse => ({
          access: written.has(storage) ? "read_write" : "read",
          isHalf: false,
          pages: windowOf(storage).pages,
          pageLength,
        }),
      );
      const bindings = kernel.values.map(({ address }) => storages.indexOf(address.storage));
      const shader = sizedShader(kernel, bindings, uses, sizes);
      const width = inFours(kernel, uses) ? 4 : 1;
      const places = kernel.values.map(({ address: { storage, offset } }) => {
        return (offset - windowOf(storage).first * pageLength) / width;
      });
      return {
        pipeline: pipelines.get(op.name, shader),
        bound: storages.map((storage) => ({ memory: numbers.get(storage) ?? 0, ...windowOf(storage) })),
        words: [...places, ...shader.sizes],
        groups: Math.min(kernel.groups, groups),
      };
    });
  }
}

/** Equal for calls that do the same. */
function nameOfCall(
  op: OpDefinition,
  operands: readonly Operand[],
  attributes: Attributes,
  output: TensorType,
): string {
  const types = [...operands, output].map(({ dtype, shape }) => `${dtype} ${shape.join()}`);
  const values = Object.entries(attributes).map(([name, value]) => `${name} ${Object.is(value, -0) ? "-0" : value}`);
  return [op.name, ...types, ...values].join("|");
}

/** Ops whose result for one element is not that element, if it is −0. */
const addsToZero: ReadonlySet<string> = new Set(["sum", "logSumExp"]);

function scheduleOf(
  op: OpDefinition,
  operands: readonly TensorType[],
  attributes: Attributes,
  output: TensorType,
): Schedule & { readonly steps: readonly PlainStep[] } {
  const inputs = operands.map(freshVariable);
  const result = freshVariable(output);
  // A logSumExp is a reduction like that to the maximum, of other partial results.
  const record = op.name === "logSumExp" ? { ...op, name: "max" } : op;
  const node = { op: record, attributes, inputs, outputs: [result], stop: false, origin: undefined };
  const made = schedule(new Program(inputs, [node], [result]), target);
  const steps = splitReductions(made.steps).filter(isPlain);
  if (steps.length < made.steps.length) throw internal(`a loop or a branch in ${op.name}`);
  const value = defined(made.outputs[0], "output");
  const { storage, offset } = value.address;
  const isInput = made.inputs.some(({ address }) => address.storage === storage);
  const [x] = made.inputs;
  if (x !== undefined && isInput && value.dtype === "float32" && addsToZero.has(op.name)) {
    const to = dense(x);
    return { ...made, steps: [{ kind: "reduce", op: "sum", from: x, to }], outputs: [dense(value, to.address)] };
  }
  if (!isInput || (offset === 0 && storage.elements === sizeOf(value.shape))) return { ...made, steps };
  const to = dense(value);
  return { ...made, steps: [...steps, { kind: "copy", from: value, to }], outputs: [to] };
}
