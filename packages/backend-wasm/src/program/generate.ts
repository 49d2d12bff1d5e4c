/**
 * Steps as a WebAssembly module: a small function per step, so that V8 optimises one while others run, and a function that
 * calls them all.
 */

import {
  type Address,
  bodiesOf,
  type CumulateStep,
  type HostStep,
  type IotaStep,
  isDense,
  isPlain,
  type LoopCounter,
  type LoopStep,
  type MemoryPlan,
  type MemoryValue,
  planMemory,
  type RandomBitsStep,
  type ReduceStep,
  type RowsStep,
  type Schedule,
  type SortStep,
  type Step,
  type Storage,
  type Value,
} from "@tapegrad/compiler";
import { bytesPerElement, sizeOf } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import {
  call,
  type Expression,
  type FunctionBuilder,
  type FunctionRef,
  i32,
  type Local,
  ModuleBuilder,
  memory,
} from "../assembler/index.ts";
import { importMath } from "../math/lane-calls.ts";
import type { ThreadPool } from "../threads/thread-pool.ts";
import type { ThreadedCode } from "../threads/threaded-code.ts";
import { cumulateFunction } from "./generate-cumulate.ts";
import { accessPatternOf, emitFused, fusedText } from "./generate-fused.ts";
import { MatmulEmitter } from "./generate-matmul.ts";
import { emitCopy, isBlockCopy } from "./generate-memory.ts";
import { iotaFunction, randomBitsFunction } from "./generate-positions.ts";
import { reduceFunction } from "./generate-reduce.ts";
import { rowsFunction } from "./generate-rows.ts";
import { sortFunction } from "./generate-sort.ts";
import type { LaneMath } from "./lane-ops.ts";
import type { StepFunction } from "./loop-nest.ts";
import { spacedBytesOf } from "./target.ts";

export interface Generated {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly plan: MemoryPlan;
  /** By number, the steps that the module asks the host to run, with the addresses of operands and result. */
  readonly hostSteps: readonly HostStep[];
  /** So many threads call `main` at once, with the arena's address and their number; if it is one, without the latter. */
  readonly threads: number;
}

export interface GenerateOptions {
  readonly fma: boolean;
  /** Of a memory that is shared, the most that it can grow to, in pages. */
  readonly sharedPages?: number | undefined;
  /** Who may take part; Programs that are over soon are for one thread. */
  readonly pool?: Pick<ThreadPool, "partition" | "threadedCode"> | undefined;
  /** Where storages begin, in bytes from the arena's beginning. */
  readonly start: number;
  /** Storages whose addresses stand at the arena's beginning, in this order, when the module is called. */
  readonly pointers?: readonly Storage[];
  /** Those of them that have no place in the arena. */
  readonly elsewhere?: ReadonlySet<Storage>;
}

/** Most operands that a host step among `steps` has, and its result. */
function mostHostAddresses(steps: readonly Step[]): number {
  const counts = steps.map((step) => {
    if (!isPlain(step)) return Math.max(0, ...bodiesOf(step).map(mostHostAddresses));
    return step.kind === "host" ? step.operands.length + 1 : 0;
  });
  return Math.max(0, ...counts);
}

export function generate(
  { steps, inputs, outputs }: Schedule,
  { fma, start, pointers = [], elsewhere = new Set(), pool, sharedPages }: GenerateOptions,
): Generated {
  const shared = sharedPages === undefined ? {} : { shared: true, maximum: sharedPages };
  const module = new ModuleBuilder({ memory: { module: "env", name: "memory", minimum: 1, ...shared } });
  const host = module.importFunction("env", "host", new Array<"i32">(1 + mostHostAddresses(steps)).fill("i32"), "none");
  const math = { fma, imports: importMath(module) };
  const partition = pool?.partition(steps, fma);
  const emitter = new MatmulEmitter(module, math, partition);
  const scratch = emitter.prepare(steps);
  const plan = planMemory(steps, { inputs, outputs, scratch, start, elsewhere, bytesOf: spacedBytesOf });
  const main = new MainFunction(module, plan, emitter, host, math);
  const parameters = new Array<"i32">(partition === undefined ? 1 : 2).fill("i32");
  const reference = module.function("main", parameters, "none", (f, [arena, thread]) => {
    main.begin(f, defined(arena, "arena"), pointers);
    if (pool !== undefined && partition !== undefined && thread !== undefined)
      main.threaded = pool.threadedCode(module, thread, { steps, partition, plan, products: emitter });
    main.emit(f, steps);
    main.threaded?.wait(f);
  });
  module.export(reference);
  return { bytes: module.build(), plan, hostSteps: main.hostSteps, threads: partition?.threads ?? 1 };
}

class MainFunction {
  readonly hostSteps: HostStep[] = [];
  /** Who does what; without it, one thread does all. */
  threaded: ThreadedCode | undefined;
  readonly #module: ModuleBuilder;
  readonly #plan: MemoryPlan;
  readonly #matmul: MatmulEmitter;
  readonly #host: FunctionRef;
  readonly #math: LaneMath;
  #arena: Local<"i32"> | undefined;
  readonly #pointers = new Map<Storage, Local<"i32">>();
  readonly #counters = new Map<LoopCounter, Local<"i32">>();
  readonly #shared = new Map<string, FunctionRef>();

  constructor(module: ModuleBuilder, plan: MemoryPlan, matmul: MatmulEmitter, host: FunctionRef, math: LaneMath) {
    this.#module = module;
    this.#plan = plan;
    this.#matmul = matmul;
    this.#host = host;
    this.#math = math;
  }

  begin(f: FunctionBuilder, arena: Local<"i32">, pointers: readonly Storage[]): void {
    this.#arena = arena;
    for (const [k, storage] of pointers.entries()) this.#pointers.set(storage, f.let(i32.load(arena, 4 * k)));
  }

  emit(f: FunctionBuilder, steps: readonly Step[]): void {
    for (const step of steps) {
      if (this.threaded === undefined) this.#step(f, step);
      else this.threaded.emit(f, step, (part) => this.#step(f, part));
    }
  }

  #step(f: FunctionBuilder, step: Step): void {
    switch (step.kind) {
      case "loop":
        this.#loop(f, step);
        return;
      case "cond":
        f.if(
          i32.load8U(this.#addressOf(step.test.address)),
          () => this.emit(f, step.whenTrue),
          () => this.emit(f, step.whenFalse),
        );
        return;
      case "fused": {
        const access = accessPatternOf(step, (storage) =>
          this.#pointers.has(storage) ? undefined : placeOf(this.#plan, storage),
        );
        const emit = () => emitFused(this.#module, step, access, this.#math);
        const reference = this.#function(fusedText(step, access), emit);
        f.do(call(reference, ...access.pointers.map(({ address }) => this.#addressOf(address))));
        return;
      }
      case "matmul":
        this.#matmul.emit(f, step, (address) => this.#addressOf(address));
        return;
      case "copy": {
        const to = this.#addressOf(step.to.address);
        if (step.clear === undefined && isBlockCopy(step) && step.from.kind === "memory") {
          const bytes = sizeOf(step.to.shape) * bytesPerElement(step.to.dtype);
          f.do(memory.copy(to, this.#addressOf(step.from.address), bytes));
          return;
        }
        const signature = `copy ${step.to.dtype} ${step.to.shape} ${step.to.strides} ${strideText(step.from)} ${step.clear?.shape}`;
        const reference = this.#function(signature, () => emitCopy(this.#module, step));
        const from = step.from.kind === "memory" ? this.#addressOf(step.from.address) : i32.constant(0);
        const cleared = step.clear === undefined ? i32.constant(0) : this.#addressOf(step.clear.address);
        f.do(call(reference, to, from, cleared));
        return;
      }
      case "host": {
        const index = this.hostSteps.push(step) - 1;
        const addresses = [...step.operands, step.to].map(({ address }) => this.#addressOf(address));
        const unused = this.#host.parameters.length - 1 - addresses.length;
        const rest = new Array<Expression<"i32">>(unused).fill(i32.constant(0));
        f.do(call(this.#host, i32.constant(index), ...addresses, ...rest));
        return;
      }
      default: {
        const { text, values, emit } = functionOf(step);
        const reference = this.#function(text, () => emit(this.#module));
        f.do(call(reference, ...values.map(({ address }) => this.#addressOf(address))));
      }
    }
  }

  #loop(f: FunctionBuilder, step: LoopStep): void {
    const { counter, length, reverse, body } = step;
    const products = this.#matmul.packedBefore(step);
    for (const product of products) {
      const pack = () => this.#matmul.emitPacking(f, product, (address) => this.#addressOf(address));
      if (this.threaded === undefined) pack();
      else this.threaded.alone(f, product, pack);
    }
    if (products.length > 0) this.threaded?.wait(f);
    f.scope(() => {
      const [round, at] = [f.local("i32"), f.local("i32")];
      this.#counters.set(counter, at);
      f.for(round, 0, length, 1, () => {
        f.set(at, reverse ? i32.sub(length - 1, round) : round);
        this.emit(f, body);
      });
    });
  }

  #function(signature: string, make: () => FunctionRef): FunctionRef {
    const reference = this.#shared.get(signature) ?? make();
    this.#shared.set(signature, reference);
    return reference;
  }

  #addressOf({ storage, offset, terms }: Address): Expression<"i32"> {
    const width = bytesPerElement(storage.dtype);
    const pointer = this.#pointers.get(storage);
    const start = pointer ?? defined(this.#arena, "arena");
    const at = offset * width + (pointer === undefined ? placeOf(this.#plan, storage) : 0);
    return terms.reduce<Expression<"i32">>(
      (sum, { counter, elements }) => {
        const local = this.#counters.get(counter);
        if (local === undefined) throw new Error(`internal: ${counter.name} is read outside its loop`);
        return i32.add(sum, i32.mul(local, elements * width));
      },
      at === 0 ? start : i32.add(start, at),
    );
  }
}

/** The generators of steps that are functions of their values' addresses. */
function functionOf(step: ReduceStep | CumulateStep | SortStep | IotaStep | RandomBitsStep | RowsStep): StepFunction {
  switch (step.kind) {
    case "reduce":
      return reduceFunction(step);
    case "cumulate":
      return cumulateFunction(step);
    case "sort":
      return sortFunction(step);
    case "iota":
      return iotaFunction(step);
    case "randomBits":
      return randomBitsFunction(step);
    case "rows":
      return rowsFunction(step);
  }
}

/** The address of a storage in the arena. */
export function placeOf(plan: MemoryPlan, storage: Storage): number {
  const place = plan.addresses.get(storage);
  if (place === undefined) throw new Error("internal: a storage without a place");
  return place;
}

function strideText(value: Value): string {
  return value.kind === "constant" ? `=${Object.is(value.value, -0) ? "-0" : value.value}` : `:${value.strides}`;
}

/** Where a value without loop terms lies. */
export function staticAddress(plan: MemoryPlan, value: MemoryValue): number {
  if (value.address.terms.length > 0 || !isDense(value)) throw new Error("internal: an input or output moves");
  return placeOf(plan, value.address.storage) + value.address.offset * bytesPerElement(value.dtype);
}
