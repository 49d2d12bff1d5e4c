/** The reductions whose running results loops keep: a new one is a row here. */
import { type DType, isFloat } from "@tapegrad/core";
import type { PrimitiveName } from "@tapegrad/ops";

/** By op, the result of no elements. */
const identities = {
  sum: () => 0,
  max: (dtype) => (isFloat(dtype) ? -Infinity : -(2 ** 31)),
  min: (dtype) => (isFloat(dtype) ? Infinity : 2 ** 31 - 1),
} satisfies { readonly [Name in PrimitiveName]?: (dtype: DType) => number };

/** How a fused loop folds values into one. */
export type Fold = keyof typeof identities;

export function isFold(name: string | undefined): name is Fold {
  return name !== undefined && Object.hasOwn(identities, name);
}

/** A value for each of them. */
export function perFold<T>(valueFor: (fold: Fold) => T): Readonly<Record<Fold, T>> {
  const entries = Object.keys(identities).flatMap((name) => (isFold(name) ? [[name, valueFor(name)]] : []));
  return Object.fromEntries(entries) as Record<Fold, T>; // One entry for each key of the table.
}

/** The result of no elements. */
export function identityOf(fold: Fold, dtype: DType): number {
  return identities[fold](dtype);
}
