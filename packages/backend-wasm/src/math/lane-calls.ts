/** Functions of vectors that call a function of JavaScript's Math for each lane, or for the lanes of a mask. */
import type { Expression, FunctionRef, ModuleBuilder } from "../assembler/index.ts";
import { call, f32, f32x4, f64, f64x2, i32, v128 } from "../assembler/index.ts";
import type { FloatType, Lanes, Vector } from "./lanes.ts";

/** A function of doubles that the module imports, of one or two arguments. */
export type LaneFunction = FunctionRef<readonly "f64"[], "f64">;

export interface MathImports {
  readonly sin: LaneFunction;
  readonly cos: LaneFunction;
  readonly pow: LaneFunction;
}

const importModule = "math";

/** To be called before the module's own functions are made; `mathImportObject` is what it wants at instantiation. */
export function importMath(builder: ModuleBuilder): MathImports {
  return {
    sin: builder.importFunction(importModule, "sin", ["f64"], "f64"),
    cos: builder.importFunction(importModule, "cos", ["f64"], "f64"),
    pow: builder.importFunction(importModule, "pow", ["f64", "f64"], "f64"),
  };
}

export const mathImportObject = { [importModule]: { sin: Math.sin, cos: Math.cos, pow: Math.pow } };

/** The function of every lane; float32 lanes go through doubles. */
export function callEveryLane(lanes: Lanes, target: LaneFunction, operands: readonly Vector[]): Vector {
  const places = lanes.format.type === "f32" ? [0, 1, 2, 3] : [0, 1];
  return places.reduce<Vector>((result, lane) => {
    const value = call(target, ...operands.map((operand) => lane64(lanes.format.type, operand, lane)));
    return lanes.format.type === "f32"
      ? f32x4.replaceLane(result, lane, f32.demoteF64(value))
      : f64x2.replaceLane(result, lane, value);
  }, f64x2.constant(0));
}

function lane64(type: FloatType, x: Vector, lane: number): Expression<"f64"> {
  return type === "f32" ? f64.promoteF32(f32x4.extractLane(x, lane)) : f64x2.extractLane(x, lane);
}

/** `y` where the mask is set; elsewhere the function of the operands, called only if there is such a lane. */
export function callOtherLanes(
  lanes: Lanes,
  mask: Vector,
  y: Vector,
  target: LaneFunction,
  operands: readonly Vector[],
): Vector {
  const { f } = lanes.target;
  if (f === undefined) return y;
  const result = f.let(y);
  const kept = f.let(mask);
  f.if(i32.eqz(lanes.allTrue(kept)), () => {
    f.set(result, v128.bitselect(result, callEveryLane(lanes, target, operands), kept));
  });
  return result;
}
