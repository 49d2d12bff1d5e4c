/** Compiles loops over the vector functions, one export each, and runs them on arrays. */

import { ModuleBuilder, v128 } from "../src/assembler/index.ts";
import type { FloatType, MathFunction } from "../src/math/index.ts";
import { importMath, mathFunctions, mathImportObject, mathKernel, VectorConstants } from "../src/math/index.ts";

export type FloatArray = Float32Array | Float64Array;

export interface Runner {
  /** The function of x, and of y for pow; as many results as x has. */
  run(name: MathFunction, x: FloatArray, y?: FloatArray): FloatArray;
  /** The loop itself over what is in memory, for timing: elements from byte 0, results elsewhere. */
  loop(name: MathFunction, count: number): void;
}

const chunk = 1 << 14;
const span = 8 * chunk;

export function mathRunner(type: FloatType, fma: boolean): Runner {
  const builder = new ModuleBuilder({ memory: { module: "env", name: "memory", minimum: 6, maximum: 6 } });
  const imports = importMath(builder);
  for (const name of mathFunctions) {
    const kernel = mathKernel(name, { type, fma, imports });
    const loop = builder.function(name, ["i32"], "none", (f, [bytes]) => {
      const constants = new VectorConstants(f);
      kernel.declare(constants);
      const i = f.local("i32");
      f.for(i, 0, bytes, 16, () => {
        const operands = name === "pow" ? [v128.load(i), v128.load(i, span)] : [v128.load(i)];
        const y = kernel.emit(f, constants, ...operands);
        f.do(v128.store(i, y, 2 * span));
      });
    });
    builder.export(loop);
  }
  const memory = new WebAssembly.Memory({ initial: 6, maximum: 6 });
  const module = new WebAssembly.Module(builder.build());
  const instance = new WebAssembly.Instance(module, { env: { memory }, ...mathImportObject });
  const View = type === "f32" ? Float32Array : Float64Array;
  const [x, y, result] = [0, span, 2 * span].map((offset) =>
    type === "f32" ? new Float32Array(memory.buffer, offset, chunk) : new Float64Array(memory.buffer, offset, chunk),
  );
  if (x === undefined || y === undefined || result === undefined) throw new Error("unreachable");
  const loop = (name: MathFunction, count: number) => {
    const call = instance.exports[name];
    if (typeof call !== "function") throw new Error(`no export ${name}`);
    call(count * View.BYTES_PER_ELEMENT);
  };
  return {
    loop,
    run(name, operand, second) {
      const out = new View(operand.length);
      for (let start = 0; start < operand.length; start += chunk) {
        const end = Math.min(start + chunk, operand.length);
        x.set(operand.subarray(start, end));
        if (second !== undefined) y.set(second.subarray(start, end));
        loop(name, Math.ceil((end - start) / 4) * 4);
        out.set(result.subarray(0, end - start), start);
      }
      return out;
    },
  };
}
