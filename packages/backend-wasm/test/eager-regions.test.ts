/** Loops without `compile` find the code of an equal loop, and only of an equal one: whatever changes between calls counts. */
import { checkpoint, cond, grad, scan } from "@tapegrad/autodiff";
import { Parameter, type Tensor } from "@tapegrad/core";
import { add, full, Generator, greater, matmul, mul, sin, slice, sub, sum } from "@tapegrad/ops";
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { wasmBackend } from "../src/index.ts";
import { cpuBackend, expectWithinUlps, on, read, uniforms } from "./comparison.ts";

const wasm = wasmBackend();
/** So many that two ops are worth compiling. */
const length = 1300;

/** What a call of the loop may differ in from the one before. */
interface Call {
  readonly factor: number;
  readonly captured: number;
  readonly size: number;
  readonly dtype: "float32" | "float64";
  readonly start: number;
  readonly negative: boolean;
  readonly steps: number;
}

const calls = fc.record<Call>({
  factor: fc.constantFrom(0.5, -0.5, 0, -0),
  captured: fc.nat(2),
  size: fc.constantFrom(3, 4),
  dtype: fc.constantFrom("float32", "float64"),
  start: fc.nat(1),
  negative: fc.boolean(),
  steps: fc.constantFrom(length, length + 1),
});

/** What the functions below close over; they are the same functions at every call. */
let call: Call = { factor: 1, captured: 0, size: 3, dtype: "float32", start: 0, negative: false, steps: length };
let parameter: Parameter | undefined;
let generator: Generator | undefined;

const vector = () => uniforms([call.size], call.captured, call.dtype);
const bodies: Readonly<Record<string, (h: Tensor) => Tensor>> = {
  "a number": (h) => add(mul(h, call.factor), sin(h)),
  "a tensor": (h) => sin(add(h, vector())),
  "a branch of JavaScript": (h) => sin(call.negative ? sub(0.5, h) : add(h, 0.5)),
  "an attribute": (h) => sin(add(h, slice(vector(), [call.start], [call.start + 1]))),
  "a flag of a product": (h) =>
    sin(matmul(h, uniforms([call.size, call.size], 3, call.dtype), { transposeRight: call.negative })),
  "a Parameter": (h) => {
    if (parameter === undefined) return h;
    parameter.assign(mul(parameter, call.negative ? 0.5 : 0.75));
    return sin(add(h, parameter));
  },
  "random numbers": (h) => sin(add(h, generator?.uniform([call.size], { dtype: call.dtype }) ?? h)),
  "loops and branches inside": (h) => {
    const inner = scan((c: Tensor) => [sin(mul(c, call.factor)), null], h, null, { length: 2 + call.start })[0];
    return checkpoint((x: Tensor) =>
      cond(
        greater(sum(x), call.factor),
        () => sin(x),
        () => sub(x, 0.5),
      ),
    )(inner);
  },
};

const run = (body: (h: Tensor) => Tensor) => () => {
  const start = uniforms([call.size], 7, call.dtype);
  parameter = new Parameter(vector());
  generator = new Generator(call.captured);
  const loop = (h: Tensor) => scan((c: Tensor) => [body(c), null], h, null, { length: call.steps })[0];
  const results = [loop(start), parameter.value];
  return read([...results, grad((h) => sum(loop(h)))(start)]);
};

it.each(Object.keys(bodies))("%s that changes between calls", (name) => {
  const body = bodies[name];
  if (body === undefined) throw new Error(`no body ${name}`);
  fc.assert(
    fc.property(fc.array(calls, { minLength: 2, maxLength: 4 }), (sequence) => {
      for (const next of sequence) {
        call = next;
        expectWithinUlps(on(wasm, run(body)), on(cpuBackend, run(body)), 1e4, 1);
      }
    }),
    { numRuns: 3 },
  );
});

it("an equal loop is compiled once, whatever function it was written as", () => {
  const modules = vi.spyOn(WebAssembly, "Module");
  const loop = () => scan((h: Tensor) => [sin(add(mul(h, 0.37), 0.11)), null], full([5], 1), null, { length: 3001 })[0];
  const first = on(wasm, () => read([loop()]));
  const compiled = modules.mock.calls.length;
  expect(compiled).toBeGreaterThan(0);
  expect(on(wasm, () => read([loop()]))).toEqual(first);
  expect(modules.mock.calls.length).toBe(compiled);
});
