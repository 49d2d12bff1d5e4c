/**
 * Sums over all rounds of a loop, made a few rounds at a time: a product AᵀB over time and batch of which the loop stacks an
 * operand, stacked rows that are added to a table, and sums along time. The stacked values of a few rounds are still in the
 * cache, and those of all rounds would not be. If nothing else reads the stack, it holds only these few rounds.
 */

import {
  dense,
  isDense,
  isPlain,
  type LoopCounter,
  type LoopStep,
  type MatmulStep,
  type MemoryValue,
  memoryOf,
  movedStep,
  type PlainStep,
  type ReduceStep,
  type RowsStep,
  type Schedule,
  type Step,
  type Storage,
  touches,
  valuesOf,
  view,
  writesSome,
} from "@tapegrad/compiler";
import { bytesPerElement } from "@tapegrad/core";

/** Where summing by rounds pays. */
export interface RoundLimits {
  /** Bytes of a stack that is in the cache anyway. */
  readonly shortStack: number;
  /** Most bytes that a few rounds stack, beside the sums and their other operands. */
  readonly longestPart: number;
  /** Fewest rows of a product: each part of it reads and writes the sums once more. */
  readonly fewestRows: number;
}

/** For second-level caches of a megabyte or two. */
export const usualLimits: RoundLimits = {
  shortStack: 1.5 * 2 ** 20,
  longestPart: 640 * 1024,
  fewestRows: 120,
};

export function sumByRounds(schedule: Schedule, limits: RoundLimits = usualLimits): Schedule {
  const loops = schedule.steps.filter((step) => step.kind === "loop");
  return loops.reduce((plan, loop) => byRounds(plan, loop, limits), schedule);
}

type SumStep = MatmulStep | RowsStep | ReduceStep;

/** A sum of which the loop stacks what is summed. */
interface Sum {
  readonly step: SumStep;
  /** What it takes round by round. */
  readonly parts: readonly MemoryValue[];
  /** What sets its target to a constant before, if it is added to. */
  readonly start: Step | undefined;
}

function byRounds(schedule: Schedule, loop: LoopStep, limits: RoundLimits): Schedule {
  const { steps, outputs } = schedule;
  const body = loop.body.filter(isPlain);
  if (body.length < loop.body.length) return schedule;
  const stacks = stacksOf(loop, body);
  const sums = steps.slice(steps.indexOf(loop) + 1).flatMap((step) => sumOf(step, stacks, loop, schedule));
  const summed = new Set(
    sums.flatMap(({ parts }) => parts.map(({ address }) => address.storage)).filter((storage) => stacks.has(storage)),
  );
  const rounds = roundsAtATime(loop.length, sums, summed, limits);
  if (rounds === undefined) return schedule;

  const others = steps.filter((step) => step !== loop && !sums.some((sum) => sum.step === step));
  const isReadElsewhere = (stack: Storage) =>
    outputs.some(({ address }) => address.storage === stack) || others.some((step) => touches(step, stack));
  /** By stack that only the sums read, the one of a few rounds. */
  const shortened = new Map(
    [...summed]
      .filter((stack) => !isReadElsewhere(stack))
      .map((stack) => [stack, { ...stack, elements: (stack.elements / loop.length) * rounds }]),
  );
  const outer: LoopCounter = { name: `${loop.counter.name} by ${rounds}` };
  const inner: LoopCounter = { name: `${loop.counter.name} in ${rounds}` };
  /** In the inner loop. */
  const inRound = (value: MemoryValue): MemoryValue => {
    const { storage, offset, terms } = value.address;
    const short = shortened.get(storage);
    const moved = terms.flatMap((term) => {
      if (term.counter !== loop.counter) return [term];
      const within = { ...term, counter: inner };
      return short === undefined ? [{ counter: outer, elements: term.elements * rounds }, within] : [within];
    });
    return { ...value, address: { storage: short ?? storage, offset, terms: moved } };
  };
  /** What a few rounds have of a value whose first axis is that of all rounds, or, in matrices, of their rows. */
  const ofRounds = (value: MemoryValue): MemoryValue => {
    const [length = 0, ...rest] = value.shape;
    const shape = [(length / loop.length) * rounds, ...rest];
    const { storage, offset, terms } = value.address;
    const short = shortened.get(storage);
    const elements = (shape[0] ?? 0) * (value.strides[0] ?? 0);
    const moved = short === undefined && elements !== 0 ? [...terms, { counter: outer, elements }] : terms;
    return { ...value, shape, address: { storage: short ?? storage, offset, terms: moved } };
  };
  const parts = sums.map(({ step }): { readonly part: Step; readonly total: readonly Step[] } => {
    if (step.kind === "reduce") return reducedByRounds(step, ofRounds(step.from), outer, loop.length / rounds);
    const part: Step =
      step.kind === "matmul"
        ? { ...step, left: ofRounds(step.left), right: ofRounds(step.right), accumulates: true }
        : { ...step, rows: ofRounds(step.rows), indices: ofRounds(step.indices), table: ofRounds(step.table) };
    return { part, total: [] };
  });
  const someRounds = { ...loop, counter: inner, length: rounds, body: body.map((step) => movedStep(step, inRound)) };
  const allRounds = {
    ...loop,
    counter: outer,
    length: loop.length / rounds,
    body: [someRounds, ...parts.map(({ part }) => part)],
  };
  const starts = sums.flatMap(({ start }) => start ?? []);
  const replaced = new Map<Step, readonly Step[]>([
    ...starts.map((start) => [start, []] as const),
    ...sums.map(({ step }, i) => [step, parts[i]?.total ?? []] as const),
    [loop, [...starts, allRounds]],
  ]);
  return { ...schedule, steps: steps.flatMap((step) => replaced.get(step) ?? [step]) };
}

/** The sum of a few rounds, for each a slot, and the sum of those. */
function reducedByRounds(step: ReduceStep, from: MemoryValue, counter: LoopCounter, count: number) {
  const { to } = step;
  const axes = [...to.shape.keys()].filter((axis) => to.strides[axis] !== 0);
  const kept = axes.map((axis) => to.shape[axis] ?? 1);
  const sums = dense({ shape: [count, ...kept], dtype: to.dtype });
  const [size = 1, ...strides] = sums.strides;
  const inSlot = to.shape.map((_, axis) => strides[axes.indexOf(axis)] ?? 0);
  const slot = view(sums, from.shape, inSlot);
  const part: Step = {
    ...step,
    from,
    to: { ...slot, address: { ...slot.address, terms: [{ counter, elements: size }] } },
  };
  const total = view(to, sums.shape, [0, ...axes.map((axis) => to.strides[axis] ?? 0)]);
  return { part, total: [{ ...step, from: sums, to: total }] };
}

/** Storages of which every round writes a slot of its own, and reads no other. */
function stacksOf({ counter, length }: LoopStep, body: readonly PlainStep[]): Set<Storage> {
  const written = new Set(body.flatMap((step) => valuesOf(step).writes.map(({ address }) => address.storage)));
  const values = body.flatMap(memoryOf);
  const isStack = (storage: Storage): boolean => {
    const slot = storage.elements / length;
    return values.every(({ address, shape, strides }) => {
      if (address.storage !== storage) return true;
      const last = shape.reduce((at, size, axis) => at + (strides[axis] ?? 0) * (size - 1), address.offset);
      const [term, ...others] = address.terms;
      const isOwn = term?.counter === counter && term.elements === slot && others.length === 0;
      return isOwn && strides.every((stride) => stride >= 0) && address.offset >= 0 && last < slot;
    });
  };
  return new Set([...written].filter(isStack));
}

/** The step, if it is a sum over stacks that can be begun before the loop and go on in it. */
function sumOf(step: Step, stacks: ReadonlySet<Storage>, loop: LoopStep, { steps, inputs }: Schedule): Sum[] {
  if (step.kind !== "matmul" && step.kind !== "rows" && step.kind !== "reduce") return [];
  const parts = partsOf(step, loop.length);
  const [begin, end] = [steps.indexOf(loop), steps.indexOf(step)];
  const isStacked = (part: MemoryValue) => stacks.has(part.address.storage) && isWhole(part, loop.length);
  const isThere = ({ address: { storage } }: MemoryValue) =>
    !writesSome(steps.slice(begin, end), (value) => value.address.storage === storage);
  if (!parts.some(isStacked) || !parts.every((part) => isStacked(part) || isThere(part))) return [];
  if (step.kind === "reduce") return [{ step, parts, start: undefined }];
  const target = step.kind === "matmul" ? step.to : step.table;
  const isTarget = ({ address }: MemoryValue) => address.storage === target.address.storage;
  const [start, ...others] = steps.slice(0, end).filter((other) => touches(other, target.address.storage));
  if (inputs.some(isTarget) || others.length > 0) return [];
  if (step.kind === "rows") {
    const isConstant = start?.kind === "copy" && start.from.kind === "constant" && start.clear === undefined;
    return isConstant ? [{ step, parts, start }] : [];
  }
  const zero = { kind: "constant", shape: target.shape, dtype: target.dtype, value: 0 } as const;
  return start === undefined ? [{ step, parts, start: { kind: "copy", from: zero, to: target } }] : [];
}

/** What the step takes round by round; nothing if it does not sum over rounds. */
function partsOf(step: SumStep, length: number): readonly MemoryValue[] {
  if (step.kind === "reduce") {
    const { op, from, to } = step;
    const isOverRounds = from.shape[0] === length && to.strides[0] === 0 && to.address.terms.length === 0;
    // A part of one round is a sum as well.
    const isWithinRounds = from.shape.some((size, axis) => axis > 0 && size > 1 && to.strides[axis] === 0);
    return op === "sum" && isOverRounds && isWithinRounds ? [from] : [];
  }
  if (step.kind === "rows") {
    const { mode, rows, indices, table } = step;
    return mode === "add" && rows.shape[0] === length && table.strides[0] === 0 ? [rows, indices] : [];
  }
  const { left, right, to, transposeLeft, transposeRight, accumulates } = step;
  const isSum = transposeLeft && !transposeRight && to.shape.length === 2 && accumulates !== true;
  const isPlaced = [left, right, to].every((value) => value.address.terms.length === 0 && isDense(value));
  return isSum && isPlaced && (left.shape[0] ?? 0) % length === 0 ? [left, right] : [];
}

/** Whether the value is all of its storage, round after round. */
function isWhole({ address, strides, shape }: MemoryValue, length: number): boolean {
  const [first = 0, ...rest] = shape;
  const slot = address.storage.elements / length;
  const isInOrder = (strides[0] ?? 0) * (first / length) === slot && address.terms.length === 0;
  const last = rest.reduce((at, size, axis) => at + Math.abs(strides[axis + 1] ?? 0) * (size - 1), address.offset);
  return isInOrder && address.offset >= 0 && last + (first / length - 1) * (strides[0] ?? 0) < slot;
}

/** How many rounds' sums are taken at once: as many as stay in the cache; undefined if that does not pay. */
function roundsAtATime(
  length: number,
  sums: readonly Sum[],
  stacks: ReadonlySet<Storage>,
  { shortStack, longestPart, fewestRows }: RoundLimits,
): number | undefined {
  const bytes = [...stacks].map(({ elements, dtype }) => elements * bytesPerElement(dtype));
  const total = bytes.reduce((sum, size) => sum + size, 0);
  const rows = sums.flatMap(({ step }) => (step.kind === "matmul" ? [step.left.shape[0] ?? 0] : []));
  if (total <= shortStack || rows.length === 0) return undefined;
  const fits = (count: number) =>
    length % count === 0 &&
    (total / length) * count <= longestPart &&
    (Math.min(...rows) / length) * count >= fewestRows;
  return Array.from({ length: length - 1 }, (_, i) => length - 1 - i).find(fits);
}
