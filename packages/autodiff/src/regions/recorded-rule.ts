/**
 * The backward function of a `customVjp` that is called inside a recording or a scope. It may close over values of that
 * recording or scope, which no longer exist when a derivative is requested. So it is recorded at once, and the values that it
 * closes over become operands, which tapes keep.
 */
import { interpret, type Tensor, type TensorType, trace } from "@tapegrad/core";
import { commit, isOwnedNow } from "@tapegrad/core/internal";
import { cut } from "../trees/lists.ts";

/** Cotangents of the arguments, from the residuals, the cotangents of the value, and what the rule captured. */
export type ListBackward = (
  residuals: readonly Tensor[],
  g: readonly Tensor[],
  captures: readonly Tensor[],
) => readonly Tensor[];

export interface RecordedRule {
  readonly backward: ListBackward;
  readonly captures: readonly Tensor[];
}

/**
 * `backward` recorded on residuals and cotangents of these types. Parameters from outside are read and assigned when it runs,
 * as by a function; those that belong to the recording are captured. A function that cannot be recorded is left as it is: it
 * says why when a derivative is asked for.
 */
export function recordRule(
  backward: ListBackward,
  residuals: readonly TensorType[],
  values: readonly TensorType[],
): RecordedRule {
  const rule = attempt(() =>
    trace((inputs) => [...backward(...cut(inputs, residuals.length), [])], [...residuals, ...values], "customVjp"),
  );
  if (rule === undefined) return { backward, captures: [] };
  const { program, captures, assigned, result } = rule;
  const sources = rule.sources.map((source) => (source === undefined || isOwnedNow(source) ? undefined : source));
  const lasting = assigned.map((parameter) => !isOwnedNow(parameter));
  return {
    captures: captures.filter((_, i) => sources[i] === undefined),
    backward: (kept, g, operands) => {
      let next = 0;
      const current = sources.flatMap((source) => source?.value ?? operands[next++] ?? []);
      const [bars, effects] = cut(interpret(program, [...kept, ...g, ...current]), result.length);
      const isLasting = <T>(_: T, i: number) => lasting[i] === true;
      commit(assigned.filter(isLasting), effects.filter(isLasting));
      return bars;
    },
  };
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
