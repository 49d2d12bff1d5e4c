/** A vector function as a loop generator sees it: constants to set before the loop, and code to write inside. */
import type { FunctionBuilder, Local } from "../assembler/index.ts";
import { i64x2 } from "../assembler/index.ts";
import type { VectorConstants } from "./constants.ts";
import { type FloatType, Lanes, type Vector } from "./lanes.ts";

export interface MathKernel {
  /** Sets the constants of the function in locals, before the loop; those already there are shared. */
  declare(constants: VectorConstants): void;
  /**
   * Writes the code for one vector and returns the local with its result. `constants` belongs to the same function. The
   * operands may be any expressions, each evaluated once. A tail of fewer lanes should go through the same code, with
   * anything in the lanes left over: the results of a lane depend on nothing but its operands.
   */
  emit(f: FunctionBuilder, constants: VectorConstants, ...operands: readonly Vector[]): Local<"v128">;
}

/** The formula of a function of lanes. The operands are locals, so repeating them costs nothing. */
export type Body = (lanes: Lanes, x: Vector, y: Vector) => Vector;

/** Stands for an operand where no code is written, or that a body of fewer operands does not read. */
const unread: Vector = i64x2.constant(0n);

export function kernel(type: FloatType, fma: boolean, body: Body): MathKernel {
  return {
    declare(constants) {
      const lanes = new Lanes(type, { f: undefined, constants, fma });
      body(lanes, unread, unread);
    },
    emit(f, constants, ...operands) {
      const result = f.local("v128");
      f.scope(() => {
        const [x = unread, y = unread] = operands.map((operand) => f.let(operand));
        f.set(result, body(new Lanes(type, { f, constants, fma }), x, y));
      });
      return result;
    },
  };
}
