/** The assembler against an outside disassembler (wabt), and its programs against JavaScript. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import wabt from "wabt";
import type { Expression, Local, ResultType, ValueType } from "../src/assembler/index.ts";
import {
  atomic,
  ByteWriter,
  call,
  dataInit,
  f32,
  f32x4,
  f64,
  f64x2,
  i8x16,
  i16x8,
  i32,
  i32x4,
  i64,
  i64x2,
  lift,
  ModuleBuilder,
  memory,
  select,
  v128,
} from "../src/assembler/index.ts";

const groups = { i32, i64, f32, f64, v128, i8x16, i16x8, i32x4, i64x2, f32x4, f64x2 };
const vector = v128.constant(new Uint8Array(16));

/** The scalar that a lane of the group is seen as. */
function scalarOf(group: string): ValueType {
  if (group.startsWith("i64") || group.startsWith("f"))
    return group.startsWith("f32") ? "f32" : group.startsWith("f64") ? "f64" : "i64";
  return "i32";
}

/** Operands of the right types for an instruction, from what its name says. */
function operandsOf(group: string, name: string, arity: number): unknown[] {
  const isVector = group.includes("x") || group === "v128";
  const own: unknown = isVector ? vector : lift(scalarOf(group), 0);
  if (name.endsWith("Lane") && /^(load|store)/.test(name)) return [0, vector, 1, 4];
  if (name.startsWith("load")) return [0, 4];
  if (name.startsWith("store")) return [0, own, 4];
  if (name === "splat") return [0];
  if (name.startsWith("extractLane")) return [vector, 1];
  if (name === "replaceLane") return [vector, 1, 0];
  if (isVector && /^sh[lr]/.test(name)) return [vector, 3];
  const source = isVector ? undefined : /(I32|I64|F32|F64)[SU]?$/.exec(name)?.[1]?.toLowerCase();
  const operand = source === undefined ? own : lift(scalarOf(source), 0);
  return Array.from({ length: arity }, () => operand);
}

const written = Object.entries(groups).flatMap(([group, methods]) =>
  Object.entries<(...operands: never[]) => Expression<ResultType>>(methods)
    .filter(([name]) => name !== "constant" && name !== "shuffle")
    .map(([name, method]) => ({
      name: `${group}.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
      expression: (): Expression<ResultType> =>
        Reflect.apply(method, undefined, operandsOf(group, name, method.length)),
    })),
);

function moduleWithMemory() {
  return new ModuleBuilder({ memory: { module: "env", name: "memory", minimum: 1 } });
}

/** Runs a module whose functions are exported, with a fresh page of memory. */
function run(module: ModuleBuilder) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.build()), { env: { memory } });
  const invoke = (name: string, ...values: number[]): unknown => {
    const target = instance.exports[name];
    if (typeof target !== "function") throw new Error(`no export ${name}`);
    return target(...values);
  };
  return { memory, invoke };
}

async function disassemble(bytes: Uint8Array): Promise<string> {
  const tools = await wabt();
  const module = tools.readWasm(bytes, { relaxed_simd: true, threads: true, readDebugNames: true });
  return module.toText({});
}

describe("instructions", () => {
  it("are what the disassembler calls them, and validate", async () => {
    const module = moduleWithMemory();
    for (const { name, expression } of written) module.function(name, [], "none", (f) => f.do(expression()));
    const bytes = module.build();
    expect(WebAssembly.validate(bytes)).toBe(true);
    const text = await disassemble(bytes);
    const functions = text
      .split("(func ")
      .slice(written.length > 0 ? 1 : 0)
      .filter((part) => part.startsWith("$"));
    expect(functions.length).toBe(written.length);
    functions.forEach((body, i) => {
      const lines = body.split("\n").map((line) => line.trim().replace(/\)+$/, ""));
      const last = lines.filter((line) => line !== "" && line !== "drop").at(-1) ?? "";
      const name = written[i]?.name ?? "";
      // The text format spells untyped vector logic with its type, as we do; accesses end in their offset.
      expect(last.split(" ")[0]).toBe(name);
      if (/\.(load|store)/.test(name)) expect(last).toContain("offset=4");
    });
    expect(written.length).toBeGreaterThan(300);
  });

  it("write constants of every type", async () => {
    const module = new ModuleBuilder();
    const constants: Expression<ValueType>[] = [
      i32.constant(-2147483648),
      i64.constant(-(2n ** 63n)),
      f32.constant(-0.1),
      f64.constant(1e300),
      i32x4.constant(1, -2, 3, -4),
      i64x2.constant(-5n),
      f32x4.constant(1.5),
      f64x2.constant(2.5, -0),
      i8x16.shuffle(vector, vector, [31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16]),
      i32x4.shuffle(vector, vector, [0, 4, 1, 5]),
      i16x8.shuffle(vector, vector, [0, 8, 1, 9, 2, 10, 3, 11]),
      i64x2.shuffle(vector, vector, [1, 2]),
    ];
    module.function("constants", [], "none", (f) => f.do(...constants));
    const text = await disassemble(module.build());
    for (const line of [
      "i32.const -2147483648",
      "i64.const -9223372036854775808",
      "f32.const -0x1.99999ap-4",
      "f64.const 0x1.7e43c8800759cp+996",
      "v128.const i32x4 0x00000001 0xfffffffe 0x00000003 0xfffffffc",
      "v128.const i32x4 0xfffffffb 0xffffffff 0xfffffffb 0xffffffff",
      "v128.const i32x4 0x3fc00000 0x3fc00000 0x3fc00000 0x3fc00000",
      "v128.const i32x4 0x00000000 0x40040000 0x00000000 0x80000000",
      "i8x16.shuffle 31 30 29 28 27 26 25 24 23 22 21 20 19 18 17 16",
      "i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23",
      "i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23",
      "i8x16.shuffle 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23",
    ]) {
      expect(text).toContain(line);
    }
  });

  it("move memory as a whole", () => {
    const module = moduleWithMemory();
    const bytes = module.data(Uint8Array.of(7, 8, 9));
    module.data(Uint8Array.of(1, 2, 3), 100);
    const go = module.function("go", [], "i32", (f) => {
      f.do(memory.copy(200, 100, 3), memory.fill(300, 5, 2), dataInit(bytes, 400));
      f.do(memory.grow(1));
      f.return(memory.size());
    });
    module.export(go);
    const { memory: linear, invoke } = run(module);
    expect(invoke("go")).toBe(2);
    const at = (address: number) => [...new Uint8Array(linear.buffer, address, 3)];
    expect([at(100), at(200), at(300), at(400)]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [5, 5, 0],
      [7, 8, 9],
    ]);
  });
});

describe("LEB128", () => {
  const encode = (write: (code: ByteWriter) => void) => {
    const code = new ByteWriter(1);
    write(code);
    return code.bytes;
  };
  const decode = (bytes: Uint8Array, signed: boolean): bigint => {
    let value = 0n;
    bytes.forEach((byte, i) => {
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    });
    return signed ? BigInt.asIntN(7 * bytes.length, value) : value;
  };

  it("round-trips integers of every size, in the fewest bytes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (u, s) => {
          expect(
            decode(
              encode((code) => code.unsigned(u)),
              false,
            ),
          ).toBe(BigInt(u));
          expect(
            decode(
              encode((code) => code.signed(u | 0)),
              true,
            ),
          ).toBe(BigInt(u | 0));
          const wide = encode((code) => code.signed64(s));
          expect(decode(wide, true)).toBe(s);
          if (wide.length > 1) expect(decode(wide.subarray(0, -1), true)).not.toBe(s);
        },
      ),
    );
  });
});

describe("functions", () => {
  it("loop, branch, call and return", () => {
    const module = moduleWithMemory();
    const log = module.function("twice", ["i32"], "i32", (f, [x]) => f.return(i32.mul(x, 2)));
    const sums = module.function("sums", ["i32", "i32"], "i32", (f, [n, limit]) => {
      const sum = f.local("i32");
      const i = f.local("i32");
      f.block((done) => {
        f.for(i, 0, n, 1, () => {
          f.if(
            i32.and(i, 1),
            () => f.set(sum, i32.add(sum, call(log, i))),
            () => f.set(sum, i32.add(sum, i)),
          );
          f.brIf(done, i32.gtS(sum, limit));
        });
      });
      f.return(sum);
    });
    module.export(sums);
    const { invoke } = run(module);
    expect(invoke("sums", 10, 1000)).toBe(2 * (1 + 3 + 5 + 7 + 9) + 2 + 4 + 6 + 8);
    expect(invoke("sums", 10, 9)).toBe(2 + 2 + 6);
    expect(invoke("sums", 0, 9)).toBe(0);
  });

  it("recurse, and are made inside each other", () => {
    const module = new ModuleBuilder();
    const factorial = module.function("factorial", ["f64"], "f64", (f, [n], self) => {
      const product = module.function("product", ["f64", "f64"], "f64", (g, [a, b]) => g.return(f64.mul(a, b)));
      f.if(f64.lt(n, 1), () => f.return(1));
      f.return(call(product, n, call(self, f64.sub(n, 1))));
    });
    module.export(factorial, "f");
    expect(run(module).invoke("f", 10)).toBe(3628800);
  });

  it("call imports, shared memory included", () => {
    const module = new ModuleBuilder({ memory: { module: "m", name: "shared", minimum: 1, maximum: 4, shared: true } });
    const heard: number[] = [];
    const hear = module.importFunction("env", "hear", ["f32", "i32"], "none");
    const go = module.function("go", [], "none", (f) => {
      f.do(i32.store(0, 42), call(hear, 1.5, i32.load(0)));
    });
    module.export(go);
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
    const imports = { env: { hear: (x: number, y: number) => heard.push(x, y) }, m: { shared } };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()), imports);
    if (typeof exports.go === "function") exports.go();
    expect(heard).toEqual([1.5, 42]);
  });

  it("reach shared words atomically, and wait for them", async () => {
    const module = new ModuleBuilder({ memory: { module: "m", name: "shared", minimum: 1, maximum: 1, shared: true } });
    const go = module.function("go", [], "i32", (f) => {
      f.do(atomic.store(4, 40, 8));
      f.do(i32.store(20, atomic.add(4, 3, 8)));
      f.do(i32.store(24, atomic.wait(4, 99, -1, 8)));
      f.do(i32.store(28, atomic.wait(4, 43, 1000, 8)));
      f.do(i32.store(32, atomic.notify(4, -1, 8)));
      f.return(atomic.load(4, 8));
    });
    module.export(go);
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()), { m: { shared } });
    const result: unknown = typeof exports.go === "function" ? exports.go() : undefined;
    expect(result).toBe(43);
    expect([...new Int32Array(shared.buffer, 12, 6)]).toEqual([43, 0, 40, 1, 2, 0]);
    const text = await disassemble(module.build());
    const names = text.match(/(i32|memory)\.atomic\S* offset=8/g);
    expect(names).toEqual(
      [
        "i32.atomic.store",
        "i32.atomic.rmw.add",
        "memory.atomic.wait32",
        "memory.atomic.wait32",
        "memory.atomic.notify",
        "i32.atomic.load",
      ].map((name) => `${name} offset=8`),
    );
  });

  it("reuse the variables of a scope that ended, by type", () => {
    const module = new ModuleBuilder();
    module.function("reuse", ["i32"], "none", (f, [parameter]) => {
      let inner: Local<"v128"> | undefined;
      f.scope(() => {
        inner = f.local("v128");
        expect(f.local("i32").index).toBe(2);
      });
      expect(parameter.index).toBe(0);
      expect(inner?.index).toBe(1);
      expect(f.local("f32").index).toBe(3);
      expect(f.local("v128").index).toBe(1);
      expect(f.local("v128").index).toBe(4);
    });
    expect(WebAssembly.validate(module.build())).toBe(true);
  });

  it("evaluate a tree where it is used, and choose with select", () => {
    const module = new ModuleBuilder();
    const go = module.function("go", ["i32"], "i32", (f, [x]) => {
      const next = i32.add(x, 1);
      f.set(x, next);
      const y = f.let(i32.mul(f.tee(x, next), 10));
      f.return(select(i32.eq(x, 3), i32.add(x, y), i32.constant(-1)));
    });
    module.export(go);
    expect(run(module).invoke("go", 1)).toBe(33);
    expect(run(module).invoke("go", 2)).toBe(-1);
  });
});

describe("errors", () => {
  it("name the function whose code does not validate", () => {
    const module = new ModuleBuilder();
    module.function("lopsided", ["v128"], "none", (f, [x]) => f.do({ ...f32.add(1, 2), emit: x.emit, type: "none" }));
    expect(() => new WebAssembly.Module(module.build())).toThrow(/lopsided/);
  });

  it("refuse a branch out of a closed block, a late import, a repeated export and foreign names", () => {
    const module = new ModuleBuilder();
    const made = module.function("made", [], "none", (f) => {
      let closed = { depth: 0 };
      f.block((end) => {
        closed = end;
      });
      f.block(() => expect(() => f.br(closed)).toThrow("internal: made: branch to a block that is not open here"));
    });
    expect(() => module.importFunction("env", "late", [], "none")).toThrow("internal: import of env.late");
    module.export(made);
    expect(() => module.export(made)).toThrow("internal: two exports are called made");
    module.function("größe", [], "none", () => undefined);
    expect(() => module.build()).toThrow('internal: the name "größe" is not ASCII');
  });
});
