export { atomic } from "./atomics.ts";
export { ByteWriter } from "./byte-writer.ts";
export type { Expression, Local, Operand, Operands, ResultType, ValueType } from "./expression.ts";
export { instruction, lift } from "./expression.ts";
export type { FunctionRef, Label, Locals } from "./function-builder.ts";
export { call, FunctionBuilder } from "./function-builder.ts";
export { f32, f32x4, f64, f64x2, i8x16, i16x8, i32, i32x4, i64, i64x2, memory, select, v128 } from "./instructions.ts";
export type { DataRef, MemoryImport } from "./module-builder.ts";
export { dataInit, ModuleBuilder } from "./module-builder.ts";
