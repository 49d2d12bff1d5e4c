/**
 * `add(x, scatterAdd(zeros, i, v))` becomes `scatterAdd(x + 0, i, v)` where each row has one index, for every dtype: the gradient
 * of a loss that picks one class of many is that of all classes, changed at one place a row.
 */
import { sameShape, type Tensor } from "@tapegrad/core";
import { scatterAdd } from "@tapegrad/ops";
import { type LawPass, rewrittenByLaws } from "../rewrite/by-laws.ts";
import { axisOf, constantOf, type Law, type Laws, type Origin } from "../rewrite/origins.ts";
import { everywhere } from "../rewrite/rewrite.ts";
import { plusZero } from "../rewrite/signed-zero.ts";

function addedTo(side: 0 | 1): Law {
  return ({ operands, originOf, isReadOnlyBy }) => {
    const [added, x] = [operands[side], operands[1 - side]];
    const origin = added && originOf(added);
    if (x === undefined || origin === undefined || !isReadOnlyBy(side, "add")) return undefined;
    const sum = addedBy(origin, originOf);
    return sum !== undefined && sameShape(x.shape, added?.shape ?? []) ? sum(x) : undefined;
  };
}

/**
 * What adds as the origin does, if that began with zeros and adds to each element once: several additions to an element of x
 * would each be rounded to the last place of x, which can be far larger than their sum.
 */
function addedBy(
  { name, attributes, operands }: Origin,
  originOf: (x: Tensor) => Origin | undefined,
): ((x: Tensor) => Tensor) | undefined {
  const [start, indices, updates] = operands;
  const axis = axisOf(attributes);
  if (name !== "scatterAdd" || typeof axis !== "number" || updates === undefined) return undefined;
  if (indices?.shape.at(axis) !== 1 || start === undefined || !Object.is(constantOf(originOf(start)), 0))
    return undefined;
  return (x) => scatterAdd(plusZero(x, originOf), indices, updates, { axis });
}

const laws: Laws = { add: [addedTo(1), addedTo(0)] };

/**
 * `add(x, scatterAdd(zeros, i, v))` = `scatterAdd(x + 0, i, v)`, one index a row.
 * A pass: `add(x, scatterAdd(zeros, i, v))` becomes one `scatterAdd` into x.
 */
export const addInPlace: LawPass = Object.assign(
  everywhere((program) =>
    program.nodes.some(({ op }) => op.name === "scatterAdd") ? rewrittenByLaws(program, laws) : program,
  ),
  { laws },
);
