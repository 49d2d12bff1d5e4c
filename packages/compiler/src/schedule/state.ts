/**
 * The storage of a loop's carry: one place, or, if the loop stacks the carry, the stack itself, which is one slot longer than
 * the loop.
 */
import type { Variable } from "@tapegrad/core";
import { dense, elementOf, type LoopCounter, type MemoryValue, view } from "./value.ts";

export interface State {
  /** Before the first step. */
  readonly first: MemoryValue;
  /** What a step reads, and where it puts the next value: the same place, unless the carry is stacked. */
  readonly now: MemoryValue;
  readonly next: MemoryValue;
  /** After the last step. */
  readonly last: MemoryValue;
  /** By variable of the body, what the loop stacks of it. */
  readonly stacks: ReadonlyMap<number, MemoryValue>;
}

export interface StateOptions {
  /** What the body stacks. */
  readonly outputs: readonly Variable[];
  readonly length: number;
  readonly reverse: boolean;
  readonly counter: LoopCounter;
}

/** The state of a carry that a step finds as `carry` and leaves as `next`, if no other carry takes the same value. */
export function newState(
  carry: Variable,
  next: Variable | undefined,
  { outputs, length, reverse, counter }: StateOptions,
): State {
  if (!outputs.some(({ id }) => id === carry.id || id === next?.id)) {
    const place = dense(carry);
    return { first: place, now: place, next: place, last: place, stacks: new Map() };
  }
  const slots = dense({ shape: [length + 1, ...carry.shape], dtype: carry.dtype });
  const [size = 1, ...strides] = slots.strides;
  const slot = (position: number) => view(slots, carry.shape, strides, position * size);
  const from = (position: number) => view(slots, [length, ...carry.shape], slots.strides, position * size);
  const [before, after] = reverse ? [from(1), from(0)] : [from(0), from(1)];
  return {
    first: slot(reverse ? length : 0),
    now: memory(elementOf(before, counter)),
    next: memory(elementOf(after, counter)),
    last: slot(reverse ? 0 : length),
    stacks: new Map([...(next === undefined ? [] : [[next.id, after] as const]), [carry.id, before]]),
  };
}

function memory(value: ReturnType<typeof elementOf>): MemoryValue {
  if (value.kind === "constant") throw new Error("internal: a state is no constant");
  return value;
}
