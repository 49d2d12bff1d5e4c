/**
 * What is added up by index from nothing, and then added to x, is added to x where it lies: the gradient of a loss that picks
 * one class of many is that of all classes, changed at one place a row.
 */
import { sameShape, type Tensor } from "@tapegrad/core";
import { indexAdd, scatterAdd } from "@tapegrad/ops";
import { axisOf, byLaws, constantOf, type Law, type Origin } from "./origins.ts";
import type { Pass } from "./rewrite.ts";

const additions: Readonly<Record<string, typeof scatterAdd>> = { indexAdd, scatterAdd };

function addedTo(side: 0 | 1): Law {
  return ({ operands, originOf, isReadOnlyBy }) => {
    const [added, x] = [operands[side], operands[1 - side]];
    const origin = added && originOf(added);
    if (x === undefined || origin === undefined || !isReadOnlyBy(side, "add")) return undefined;
    const sum = addedUpBy(origin, originOf);
    return sum !== undefined && sameShape(x.shape, added?.shape ?? []) ? sum(x) : undefined;
  };
}

/** What adds as the origin does, if that began with zeros. */
function addedUpBy(
  { name, attributes, operands }: Origin,
  originOf: (x: Tensor) => Origin | undefined,
): ((x: Tensor) => Tensor) | undefined {
  const [start, indices, updates] = operands;
  const [addition, axis] = [additions[name], axisOf(attributes)];
  if (addition === undefined || typeof axis !== "number" || indices === undefined || updates === undefined)
    return undefined;
  return start && constantOf(originOf(start)) === 0 ? (x) => addition(x, indices, updates, { axis }) : undefined;
}

export const addInPlace: Pass = byLaws({ add: [addedTo(1), addedTo(0)] });
