/**
 * Every instruction the backend uses, as typed functions from operands to expressions: `f32x4.add(a, b)`. The names are
 * those of the WebAssembly text format in camel case; the numbers are from its binary format (core specification 3.0,
 * appendix "Index of Instructions").
 */
import type { ByteWriter } from "./byte-writer.ts";
import type { Expression, Opcode, Operand, ResultType, ValueType } from "./expression.ts";
import { instruction, lift } from "./expression.ts";

type Methods<Names extends string, Method> = { readonly [N in Names]: Method };

function methods<Names extends string, Entry, Method>(
  table: Readonly<Record<Names, Entry>>,
  make: (entry: Entry) => Method,
): Methods<Names, Method> {
  const entries = Object.entries<Entry>(table).map(([name, entry]) => [name, make(entry)]);
  // The one unchecked cast: the keys are those of `table`, which `fromEntries` cannot say.
  return Object.fromEntries(entries) as Methods<Names, Method>;
}

function unary<T extends ValueType, R extends ValueType, N extends string>(
  operand: T,
  result: R,
  opcodes: Readonly<Record<N, Opcode>>,
) {
  return methods(
    opcodes,
    (opcode) =>
      (x: Operand<T>): Expression<R> =>
        instruction(opcode, result, [lift(operand, x)]),
  );
}

function binary<T extends ValueType, R extends ValueType, N extends string>(
  operand: T,
  result: R,
  opcodes: Readonly<Record<N, Opcode>>,
) {
  return methods(
    opcodes,
    (opcode) =>
      (a: Operand<T>, b: Operand<T>): Expression<R> =>
        instruction(opcode, result, [lift(operand, a), lift(operand, b)]),
  );
}

function ternary<N extends string>(opcodes: Readonly<Record<N, Opcode>>) {
  type V = Expression<"v128">;
  return methods(
    opcodes,
    (opcode) =>
      (a: V, b: V, c: V): V =>
        instruction(opcode, "v128", [a, b, c]),
  );
}

/** Lane-wise shifts of all lanes by one count, taken modulo the lane width. */
function shifts<N extends string>(opcodes: Readonly<Record<N, Opcode>>) {
  return methods(
    opcodes,
    (opcode) =>
      (x: Expression<"v128">, count: Operand<"i32">): Expression<"v128"> =>
        instruction(opcode, "v128", [x, lift("i32", count)]),
  );
}

/** An opcode and the bytes it touches, which are also the default alignment: a hint, never a condition. */
type MemoryInstruction = readonly [opcode: Opcode, bytes: number];

function memoryArgument(bytes: number, offset: number): (code: ByteWriter) => void {
  const exponent = 31 - Math.clz32(bytes);
  return (code) => {
    code.unsigned(exponent);
    code.unsigned(offset);
  };
}

/** `load(address, offset?, align?)`: the value at `address + offset`; the offset is static, not negative, and free. */
function loads<R extends ValueType, N extends string>(result: R, table: Readonly<Record<N, MemoryInstruction>>) {
  return methods(
    table,
    ([opcode, bytes]) =>
      (address: Operand<"i32">, offset = 0, align = bytes): Expression<R> =>
        instruction(opcode, result, [lift("i32", address)], memoryArgument(align, offset)),
  );
}

/** `store(address, value, offset?, align?)`. */
function stores<T extends ValueType, N extends string>(type: T, table: Readonly<Record<N, MemoryInstruction>>) {
  return methods(
    table,
    ([opcode, bytes]) =>
      (address: Operand<"i32">, value: Operand<T>, offset = 0, align = bytes): Expression<"none"> =>
        instruction(opcode, "none", [lift("i32", address), lift(type, value)], memoryArgument(align, offset)),
  );
}

/** `store32Lane(address, x, lane)` writes only that lane; `load32Lane(address, x, lane)` is x with that lane replaced. */
function laneAccesses<R extends ResultType, N extends string>(
  result: R,
  table: Readonly<Record<N, MemoryInstruction>>,
) {
  return methods(
    table,
    ([opcode, bytes]) =>
      (address: Operand<"i32">, x: Expression<"v128">, lane: number, offset = 0, align = bytes): Expression<R> =>
        instruction(opcode, result, [lift("i32", address), x], (code) => {
          memoryArgument(align, offset)(code);
          code.byte(lane);
        }),
  );
}

function extractLane<R extends ValueType, N extends string>(result: R, opcodes: Readonly<Record<N, Opcode>>) {
  return methods(
    opcodes,
    (opcode) =>
      (x: Expression<"v128">, lane: number): Expression<R> =>
        instruction(opcode, result, [x], (code) => code.byte(lane)),
  );
}

function replaceLane<T extends ValueType>(type: T, opcode: Opcode) {
  return (x: Expression<"v128">, lane: number, value: Operand<T>): Expression<"v128"> =>
    instruction(opcode, "v128", [x, lift(type, value)], (code) => code.byte(lane));
}

function constant(bytes: ArrayLike<number>): Expression<"v128"> {
  return instruction(0xfd000c, "v128", [], (code) => code.append(bytes));
}

/** The lanes of a constant; fewer than the vector holds are repeated, so that one number fills it. */
function lanesConstant(count: number, toBytes: (lanes: readonly number[]) => ArrayBuffer) {
  return (...lanes: readonly [number, ...number[]]): Expression<"v128"> => {
    const filled = Array.from({ length: count }, (_, i) => lanes[i % lanes.length] ?? 0);
    return constant(new Uint8Array(toBytes(filled)));
  };
}

/**
 * The lanes of the pair (a, b) in the order given, those of b counted on after those of a; of whatever width the number
 * of lanes says.
 */
function shuffle(laneCount: number) {
  const bytes = 16 / laneCount;
  return (a: Expression<"v128">, b: Expression<"v128">, lanes: readonly number[]): Expression<"v128"> => {
    const order = lanes.flatMap((lane) => Array.from({ length: bytes }, (_, i) => lane * bytes + i));
    return instruction(0xfd000d, "v128", [a, b], (code) => code.append(order));
  };
}

export const i32 = {
  constant: (value: number): Expression<"i32"> => lift("i32", value),
  ...unary("i32", "i32", { eqz: 0x45, clz: 0x67, ctz: 0x68, popcnt: 0x69, extend8S: 0xc0, extend16S: 0xc1 }),
  ...binary("i32", "i32", {
    ...{ eq: 0x46, ne: 0x47, ltS: 0x48, ltU: 0x49, gtS: 0x4a, gtU: 0x4b, leS: 0x4c, leU: 0x4d, geS: 0x4e, geU: 0x4f },
    ...{ add: 0x6a, sub: 0x6b, mul: 0x6c, divS: 0x6d, divU: 0x6e, remS: 0x6f, remU: 0x70 },
    ...{ and: 0x71, or: 0x72, xor: 0x73, shl: 0x74, shrS: 0x75, shrU: 0x76, rotl: 0x77, rotr: 0x78 },
  }),
  ...unary("i64", "i32", { wrapI64: 0xa7 }),
  ...unary("f32", "i32", { truncF32S: 0xa8, truncF32U: 0xa9, truncSatF32S: 0xfc0000, truncSatF32U: 0xfc0001 }),
  ...unary("f64", "i32", { truncF64S: 0xaa, truncF64U: 0xab, truncSatF64S: 0xfc0002, truncSatF64U: 0xfc0003 }),
  ...unary("f32", "i32", { reinterpretF32: 0xbc }),
  ...loads("i32", { load: [0x28, 4], load8S: [0x2c, 1], load8U: [0x2d, 1], load16S: [0x2e, 2], load16U: [0x2f, 2] }),
  ...stores("i32", { store: [0x36, 4], store8: [0x3a, 1], store16: [0x3b, 2] }),
} as const;

export const i64 = {
  /** Any 64-bit integer; operands that are JS numbers must be safe integers. */
  constant: (value: bigint): Expression<"i64"> => instruction(0x42, "i64", [], (code) => code.signed64(value)),
  ...unary("i64", "i32", { eqz: 0x50 }),
  ...binary("i64", "i32", {
    ...{ eq: 0x51, ne: 0x52, ltS: 0x53, ltU: 0x54, gtS: 0x55, gtU: 0x56, leS: 0x57, leU: 0x58, geS: 0x59, geU: 0x5a },
  }),
  ...unary("i64", "i64", { clz: 0x79, ctz: 0x7a, popcnt: 0x7b, extend8S: 0xc2, extend16S: 0xc3, extend32S: 0xc4 }),
  ...binary("i64", "i64", {
    ...{ add: 0x7c, sub: 0x7d, mul: 0x7e, divS: 0x7f, divU: 0x80, remS: 0x81, remU: 0x82 },
    ...{ and: 0x83, or: 0x84, xor: 0x85, shl: 0x86, shrS: 0x87, shrU: 0x88, rotl: 0x89, rotr: 0x8a },
  }),
  ...unary("i32", "i64", { extendI32S: 0xac, extendI32U: 0xad }),
  ...unary("f32", "i64", { truncSatF32S: 0xfc0004, truncSatF32U: 0xfc0005 }),
  ...unary("f64", "i64", { truncSatF64S: 0xfc0006, truncSatF64U: 0xfc0007, reinterpretF64: 0xbd }),
  ...loads("i64", { load: [0x29, 8], load8S: [0x30, 1], load8U: [0x31, 1], load32S: [0x34, 4], load32U: [0x35, 4] }),
  ...stores("i64", { store: [0x37, 8], store8: [0x3c, 1], store32: [0x3e, 4] }),
} as const;

export const f32 = {
  constant: (value: number): Expression<"f32"> => lift("f32", value),
  ...binary("f32", "i32", { eq: 0x5b, ne: 0x5c, lt: 0x5d, gt: 0x5e, le: 0x5f, ge: 0x60 }),
  ...unary("f32", "f32", { abs: 0x8b, neg: 0x8c, ceil: 0x8d, floor: 0x8e, trunc: 0x8f, nearest: 0x90, sqrt: 0x91 }),
  ...binary("f32", "f32", { add: 0x92, sub: 0x93, mul: 0x94, div: 0x95, min: 0x96, max: 0x97, copysign: 0x98 }),
  ...unary("i32", "f32", { convertI32S: 0xb2, convertI32U: 0xb3, reinterpretI32: 0xbe }),
  ...unary("i64", "f32", { convertI64S: 0xb4, convertI64U: 0xb5 }),
  ...unary("f64", "f32", { demoteF64: 0xb6 }),
  ...loads("f32", { load: [0x2a, 4] }),
  ...stores("f32", { store: [0x38, 4] }),
} as const;

export const f64 = {
  constant: (value: number): Expression<"f64"> => lift("f64", value),
  ...binary("f64", "i32", { eq: 0x61, ne: 0x62, lt: 0x63, gt: 0x64, le: 0x65, ge: 0x66 }),
  ...unary("f64", "f64", { abs: 0x99, neg: 0x9a, ceil: 0x9b, floor: 0x9c, trunc: 0x9d, nearest: 0x9e, sqrt: 0x9f }),
  ...binary("f64", "f64", { add: 0xa0, sub: 0xa1, mul: 0xa2, div: 0xa3, min: 0xa4, max: 0xa5, copysign: 0xa6 }),
  ...unary("i32", "f64", { convertI32S: 0xb7, convertI32U: 0xb8 }),
  ...unary("i64", "f64", { convertI64S: 0xb9, convertI64U: 0xba, reinterpretI64: 0xbf }),
  ...unary("f32", "f64", { promoteF32: 0xbb }),
  ...loads("f64", { load: [0x2b, 8] }),
  ...stores("f64", { store: [0x39, 8] }),
} as const;

export const v128 = {
  /** Sixteen bytes; not hoisted out of loops by V8, so a loop wants it in a local that is set before. */
  constant,
  ...unary("v128", "v128", { not: 0xfd004d }),
  ...binary("v128", "v128", { and: 0xfd004e, andnot: 0xfd004f, or: 0xfd0050, xor: 0xfd0051 }),
  /** The bits of a where c is one, and of b where it is zero. */
  ...ternary({ bitselect: 0xfd0052 }),
  ...unary("v128", "i32", { anyTrue: 0xfd0053 }),
  ...loads("v128", {
    ...{ load: [0xfd0000, 16], load32Zero: [0xfd005c, 4], load64Zero: [0xfd005d, 8] },
    ...{
      load8Splat: [0xfd0007, 1],
      load16Splat: [0xfd0008, 2],
      load32Splat: [0xfd0009, 4],
      load64Splat: [0xfd000a, 8],
    },
    ...{ load8x8S: [0xfd0001, 8], load8x8U: [0xfd0002, 8], load16x4S: [0xfd0003, 8], load16x4U: [0xfd0004, 8] },
    ...{ load32x2S: [0xfd0005, 8], load32x2U: [0xfd0006, 8] },
  }),
  ...stores("v128", { store: [0xfd000b, 16] }),
  ...laneAccesses("v128", {
    ...{ load8Lane: [0xfd0054, 1], load16Lane: [0xfd0055, 2], load32Lane: [0xfd0056, 4], load64Lane: [0xfd0057, 8] },
  }),
  ...laneAccesses("none", {
    ...{
      store8Lane: [0xfd0058, 1],
      store16Lane: [0xfd0059, 2],
      store32Lane: [0xfd005a, 4],
      store64Lane: [0xfd005b, 8],
    },
  }),
} as const;

export const i8x16 = {
  shuffle: shuffle(16),
  ...unary("i32", "v128", { splat: 0xfd000f }),
  ...extractLane("i32", { extractLaneS: 0xfd0015, extractLaneU: 0xfd0016 }),
  replaceLane: replaceLane("i32", 0xfd0017),
  ...unary("v128", "v128", { abs: 0xfd0060, neg: 0xfd0061, popcnt: 0xfd0062 }),
  ...unary("v128", "i32", { allTrue: 0xfd0063, bitmask: 0xfd0064 }),
  ...shifts({ shl: 0xfd006b, shrS: 0xfd006c, shrU: 0xfd006d }),
  ...binary("v128", "v128", {
    ...{ swizzle: 0xfd000e, relaxedSwizzle: 0xfd0100, narrowI16x8S: 0xfd0065, narrowI16x8U: 0xfd0066 },
    ...{ eq: 0xfd0023, ne: 0xfd0024, ltS: 0xfd0025, ltU: 0xfd0026, gtS: 0xfd0027, gtU: 0xfd0028 },
    ...{ leS: 0xfd0029, leU: 0xfd002a, geS: 0xfd002b, geU: 0xfd002c, add: 0xfd006e, sub: 0xfd0071 },
    ...{ minS: 0xfd0076, minU: 0xfd0077, maxS: 0xfd0078, maxU: 0xfd0079 },
  }),
} as const;

/** Only what moving between bytes and 32-bit lanes needs. */
export const i16x8 = {
  shuffle: shuffle(8),
  ...unary("v128", "v128", {
    ...{ extendLowI8x16S: 0xfd0087, extendHighI8x16S: 0xfd0088, extendLowI8x16U: 0xfd0089, extendHighI8x16U: 0xfd008a },
  }),
  ...binary("v128", "v128", { narrowI32x4S: 0xfd0085, narrowI32x4U: 0xfd0086 }),
} as const;

export const i32x4 = {
  constant: lanesConstant(4, (lanes) => Int32Array.from(lanes).buffer),
  shuffle: shuffle(4),
  ...unary("i32", "v128", { splat: 0xfd0011 }),
  ...extractLane("i32", { extractLane: 0xfd001b }),
  replaceLane: replaceLane("i32", 0xfd001c),
  ...binary("v128", "v128", {
    ...{ eq: 0xfd0037, ne: 0xfd0038, ltS: 0xfd0039, ltU: 0xfd003a, gtS: 0xfd003b, gtU: 0xfd003c },
    ...{ leS: 0xfd003d, leU: 0xfd003e, geS: 0xfd003f, geU: 0xfd0040, add: 0xfd00ae, sub: 0xfd00b1, mul: 0xfd00b5 },
    ...{ minS: 0xfd00b6, minU: 0xfd00b7, maxS: 0xfd00b8, maxU: 0xfd00b9, dotI16x8S: 0xfd00ba },
  }),
  ...unary("v128", "v128", {
    ...{ abs: 0xfd00a0, neg: 0xfd00a1 },
    ...{ extendLowI16x8S: 0xfd00a7, extendHighI16x8S: 0xfd00a8, extendLowI16x8U: 0xfd00a9, extendHighI16x8U: 0xfd00aa },
    ...{
      truncSatF32x4S: 0xfd00f8,
      truncSatF32x4U: 0xfd00f9,
      truncSatF64x2SZero: 0xfd00fc,
      truncSatF64x2UZero: 0xfd00fd,
    },
    ...{ relaxedTruncF32x4S: 0xfd0101, relaxedTruncF32x4U: 0xfd0102 },
    ...{ relaxedTruncF64x2SZero: 0xfd0103, relaxedTruncF64x2UZero: 0xfd0104 },
  }),
  ...unary("v128", "i32", { allTrue: 0xfd00a3, bitmask: 0xfd00a4 }),
  ...shifts({ shl: 0xfd00ab, shrS: 0xfd00ac, shrU: 0xfd00ad }),
  ...ternary({ relaxedLaneselect: 0xfd010b }),
} as const;

export const i64x2 = {
  constant: (...lanes: readonly [bigint, bigint?]): Expression<"v128"> =>
    constant(new Uint8Array(BigInt64Array.of(lanes[0], lanes[1] ?? lanes[0]).buffer)),
  shuffle: shuffle(2),
  ...unary("i64", "v128", { splat: 0xfd0012 }),
  ...extractLane("i64", { extractLane: 0xfd001d }),
  replaceLane: replaceLane("i64", 0xfd001e),
  ...binary("v128", "v128", {
    ...{ eq: 0xfd00d6, ne: 0xfd00d7, ltS: 0xfd00d8, gtS: 0xfd00d9, leS: 0xfd00da, geS: 0xfd00db },
    ...{ add: 0xfd00ce, sub: 0xfd00d1, mul: 0xfd00d5 },
    ...{ extmulLowI32x4S: 0xfd00dc, extmulHighI32x4S: 0xfd00dd, extmulLowI32x4U: 0xfd00de, extmulHighI32x4U: 0xfd00df },
  }),
  ...unary("v128", "v128", {
    ...{ abs: 0xfd00c0, neg: 0xfd00c1 },
    ...{ extendLowI32x4S: 0xfd00c7, extendHighI32x4S: 0xfd00c8, extendLowI32x4U: 0xfd00c9, extendHighI32x4U: 0xfd00ca },
  }),
  ...unary("v128", "i32", { allTrue: 0xfd00c3, bitmask: 0xfd00c4 }),
  ...shifts({ shl: 0xfd00cb, shrS: 0xfd00cc, shrU: 0xfd00cd }),
  ...ternary({ relaxedLaneselect: 0xfd010c }),
} as const;

export const f32x4 = {
  constant: lanesConstant(4, (lanes) => Float32Array.from(lanes).buffer),
  shuffle: shuffle(4),
  ...unary("f32", "v128", { splat: 0xfd0013 }),
  ...extractLane("f32", { extractLane: 0xfd001f }),
  replaceLane: replaceLane("f32", 0xfd0020),
  ...binary("v128", "v128", {
    ...{ eq: 0xfd0041, ne: 0xfd0042, lt: 0xfd0043, gt: 0xfd0044, le: 0xfd0045, ge: 0xfd0046 },
    ...{ add: 0xfd00e4, sub: 0xfd00e5, mul: 0xfd00e6, div: 0xfd00e7 },
    ...{ min: 0xfd00e8, max: 0xfd00e9, pmin: 0xfd00ea, pmax: 0xfd00eb, relaxedMin: 0xfd010d, relaxedMax: 0xfd010e },
  }),
  ...unary("v128", "v128", {
    ...{ abs: 0xfd00e0, neg: 0xfd00e1, sqrt: 0xfd00e3 },
    ...{ ceil: 0xfd0067, floor: 0xfd0068, trunc: 0xfd0069, nearest: 0xfd006a },
    ...{ convertI32x4S: 0xfd00fa, convertI32x4U: 0xfd00fb, demoteF64x2Zero: 0xfd005e },
  }),
  /** a·b + c and c − a·b, rounded once or twice as the machine likes. */
  ...ternary({ relaxedMadd: 0xfd0105, relaxedNmadd: 0xfd0106 }),
} as const;

export const f64x2 = {
  constant: lanesConstant(2, (lanes) => Float64Array.from(lanes).buffer),
  shuffle: shuffle(2),
  ...unary("f64", "v128", { splat: 0xfd0014 }),
  ...extractLane("f64", { extractLane: 0xfd0021 }),
  replaceLane: replaceLane("f64", 0xfd0022),
  ...binary("v128", "v128", {
    ...{ eq: 0xfd0047, ne: 0xfd0048, lt: 0xfd0049, gt: 0xfd004a, le: 0xfd004b, ge: 0xfd004c },
    ...{ add: 0xfd00f0, sub: 0xfd00f1, mul: 0xfd00f2, div: 0xfd00f3 },
    ...{ min: 0xfd00f4, max: 0xfd00f5, pmin: 0xfd00f6, pmax: 0xfd00f7, relaxedMin: 0xfd010f, relaxedMax: 0xfd0110 },
  }),
  ...unary("v128", "v128", {
    ...{ abs: 0xfd00ec, neg: 0xfd00ed, sqrt: 0xfd00ef },
    ...{ ceil: 0xfd0074, floor: 0xfd0075, trunc: 0xfd007a, nearest: 0xfd0094 },
    ...{ convertLowI32x4S: 0xfd00fe, convertLowI32x4U: 0xfd00ff, promoteLowF32x4: 0xfd005f },
  }),
  /** a·b + c and c − a·b, rounded once or twice as the machine likes. */
  ...ternary({ relaxedMadd: 0xfd0107, relaxedNmadd: 0xfd0108 }),
} as const;

/** The memory as a whole: sizes in pages of 64 KiB, `copy(to, from, bytes)` and `fill(to, byte, bytes)` in bytes. */
export const memory = {
  size: (): Expression<"i32"> => instruction(0x3f, "i32", [], (code) => code.byte(0)),
  grow: (pages: Operand<"i32">): Expression<"i32"> =>
    instruction(0x40, "i32", [lift("i32", pages)], (code) => code.byte(0)),
  copy: (to: Operand<"i32">, from: Operand<"i32">, bytes: Operand<"i32">): Expression<"none"> =>
    instruction(0xfc000a, "none", [lift("i32", to), lift("i32", from), lift("i32", bytes)], (code) =>
      code.append([0, 0]),
    ),
  fill: (to: Operand<"i32">, byte: Operand<"i32">, bytes: Operand<"i32">): Expression<"none"> =>
    instruction(0xfc000b, "none", [lift("i32", to), lift("i32", byte), lift("i32", bytes)], (code) => code.byte(0)),
} as const;

/** `a` if the condition is not zero, else `b`; both are evaluated. */
export function select<T extends ValueType>(condition: Operand<"i32">, a: Expression<T>, b: Expression<T>) {
  return instruction(0x1b, a.type, [a, b, lift("i32", condition)]);
}
