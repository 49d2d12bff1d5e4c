/**
 * Initial values, drawn from a Generator. Shapes are those of weights, [out, in, …]: the fan-in is the product of all lengths
 * but the first, the fan-out that of all but the second. Assign them to a Parameter, or to many with `initialize`.
 */
import { scan } from "@tapegrad/autodiff";
import {
  formatShape,
  type Parameter,
  type Shape,
  ShapeError,
  sizeOf,
  TapegradError,
  type Tensor,
  UnsupportedError,
} from "@tapegrad/core";
import {
  checkCount,
  checkFunction,
  checkInstance,
  checkNumber,
  checkRange,
  checkShape,
  describeValue,
  isPlainObject,
  optionsOf,
} from "@tapegrad/core/internal";
import {
  add,
  cast,
  concat,
  eye,
  full,
  type Generator,
  matmul,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  sum,
  transpose,
  zeros,
} from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { Module } from "../module.ts";
import { checkGenerator } from "./initialization.ts";

/** Values of a shape, in the default float dtype. */
export type Initializer = (generator: Generator, shape: Shape) => Tensor;

/**
 * PyTorch's default, uniform on (−bound, bound). The bound is 1/√fan in unless given; recurrent layers take 1/√hidden.
 * @pytorch torch.nn.init.uniform_
 * @example
 * import { Generator, pytorchUniform } from "tapegrad";
 * const weight = pytorchUniform(new Generator(1), [4, 25]); // [out, in]
 * console.log(weight.abs().max().itemSync() <= 1 / 5); // → true
 */
export function pytorchUniform(
  generator: Generator,
  shape: Shape,
  options: { readonly bound?: number | undefined } = {},
): Tensor {
  const { bound = 1 / Math.sqrt(fans("pytorchUniform", generator, shape).in) } = optionsOf("pytorchUniform", options, {
    bound: checkNumber,
  });
  return symmetric("pytorchUniform", generator, shape, bound);
}

/** Uniform on (−bound, bound), in the name of `op`. */
function symmetric(op: string, generator: Generator, shape: Shape, bound: number): Tensor {
  checkGenerator(op, "generator", generator);
  checkRange(op, "bound", bound, (x) => x >= 0 && x < Infinity, "a number from 0");
  return generator.uniform(checkShape(op, shape), { low: -bound, high: bound });
}

/** Options of initializers that scale. */
export interface GainOptions {
  /** Multiplies the standard deviation. */
  readonly gain?: number | undefined;
}

const gainOptions = { gain: checkNumber } as const;

/**
 * Uniform with variance gain² · 2 / (fan in + fan out) (Glorot and Bengio, 2010); gain 1 by default.
 * @pytorch torch.nn.init.xavier_uniform_
 * @example
 * import { Generator, xavierUniform } from "tapegrad";
 * console.log(xavierUniform(new Generator(1), [8, 3], { gain: 5 / 3 }).shape); // the gain for tanh
 * // → [ 8, 3 ]
 */
export function xavierUniform(generator: Generator, shape: Shape, options: GainOptions = {}): Tensor {
  const { gain = 1 } = optionsOf("xavierUniform", options, gainOptions);
  const deviation = xavierDeviation("xavierUniform", generator, shape, gain);
  return symmetric("xavierUniform", generator, shape, Math.sqrt(3) * Math.abs(deviation));
}

/**
 * Normal with variance gain² · 2 / (fan in + fan out) (Glorot and Bengio, 2010); gain 1 by default.
 * @pytorch torch.nn.init.xavier_normal_
 * @example
 * import { Generator, xavierNormal } from "tapegrad";
 * const weight = xavierNormal(new Generator(1), [500, 500]);
 * console.log(weight.variance().itemSync().toFixed(3)); // 2 / (500 + 500)
 * // → 0.002
 */
export function xavierNormal(generator: Generator, shape: Shape, options: GainOptions = {}): Tensor {
  const { gain = 1 } = optionsOf("xavierNormal", options, gainOptions);
  const deviation = xavierDeviation("xavierNormal", generator, shape, gain);
  return mul(generator.normal(shape), deviation);
}

/** Options of `heUniform` and `heNormal`. */
export interface HeOptions extends GainOptions {
  /** Whether to keep the variance of values going forwards (the default) or of gradients going back. */
  readonly mode?: "fanIn" | "fanOut" | undefined;
}

const heOptions = { mode: checkMode, ...gainOptions } as const;

function checkMode(op: string, what: string, mode: unknown): void {
  if (mode === "fanIn" || mode === "fanOut") return;
  throw new UnsupportedError(op, `the ${what} is ${describeValue(mode)}`, 'use "fanIn" or "fanOut"');
}

/**
 * Uniform with variance gain² / fan (He et al., 2015); gain √2 by default, for relu.
 * @pytorch torch.nn.init.kaiming_uniform_
 * @example
 * import { Generator, heUniform, initialize, Linear } from "tapegrad";
 * const layer = new Linear(3, 8);
 * initialize(layer, new Generator(1), { weight: heUniform });
 * console.log(layer.weight.value.abs().max().itemSync() <= Math.sqrt(6 / 3)); // → true
 */
export function heUniform(generator: Generator, shape: Shape, options: HeOptions = {}): Tensor {
  const deviation = heDeviation("heUniform", generator, shape, options);
  return symmetric("heUniform", generator, shape, Math.sqrt(3) * Math.abs(deviation));
}

/**
 * Normal with variance gain² / fan (He et al., 2015); gain √2 by default, for relu.
 * @pytorch torch.nn.init.kaiming_normal_
 * @example
 * import { Generator, heNormal } from "tapegrad";
 * const weight = heNormal(new Generator(1), [400, 200]);
 * console.log(weight.variance().itemSync().toFixed(2)); // 2 / 200
 * // → 0.01
 */
export function heNormal(generator: Generator, shape: Shape, options: HeOptions = {}): Tensor {
  const deviation = heDeviation("heNormal", generator, shape, options);
  return mul(generator.normal(shape), deviation);
}

/**
 * A random matrix with orthonormal rows, or columns if there are fewer of them, times `gain` (Saxe et al., 2014), uniform among
 * all such matrices. Axes after the first count as columns.
 * @pytorch torch.nn.init.orthogonal_
 * @example
 * import { eye, Generator, orthogonal } from "tapegrad";
 * const q = orthogonal(new Generator(1), [3, 3]);
 * console.log(q.matmul(q.transpose()).sub(eye(3)).abs().max().itemSync() < 1e-5); // → true
 */
export function orthogonal(generator: Generator, shape: Shape, options: GainOptions = {}): Tensor {
  const { gain = 1 } = optionsOf("orthogonal", options, gainOptions);
  checkGenerator("orthogonal", "generator", generator);
  checkRange("orthogonal", "gain", gain, Number.isFinite, "a finite number");
  checkShape("orthogonal", shape);
  const [rows = 1, columns = 1] = [shape[0], sizeOf(shape.slice(1))];
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const basis = orthonormalRows(generator.normal([count, length]));
  return mul(reshape(rows <= columns ? basis : transpose(basis), shape), gain);
}

/**
 * Gram and Schmidt: from every vector goes what lies in the span of those before it, twice, which leaves nothing but roundoff
 * (Giraud et al., 2005). Normal vectors become uniformly distributed bases.
 */
function orthonormalRows(vectors: Tensor): Tensor {
  const [count = 0] = vectors.shape;
  const { dtype } = vectors;
  const position = eye(count, count, { dtype, like: vectors });
  const withoutSpan = (vector: Tensor, basis: Tensor) =>
    sub(vector, matmul(matmul(vector, basis, { transposeRight: true }), basis));
  const [, basis] = scan(
    (found: Tensor, next: { vector: Tensor; position: Tensor }) => {
      const rest = withoutSpan(withoutSpan(reshape(next.vector, [1, -1]), found), found);
      const unit = mul(rest, rsqrt(sum(square(rest))));
      return [add(found, mul(reshape(next.position, [-1, 1]), unit)), reshape(unit, [-1])];
    },
    zeros(vectors.shape, { dtype, like: vectors }),
    { vector: vectors, position },
  );
  return basis;
}

/**
 * `initializer` for each of `gates` equal parts along the first axis, as if each gate had a weight of its own.
 * @example
 * import { Generator, orthogonal, perGate } from "tapegrad";
 * const weight = perGate(orthogonal, 4)(new Generator(1), [32, 8]); // four orthogonal matrices, one per gate
 * console.log(weight.shape); // → [ 32, 8 ]
 */
export function perGate(initializer: Initializer, gates: number): Initializer {
  checkInitializer("perGate", initializer);
  checkCount("perGate", "number of gates", gates, 1);
  return (generator, shape) => {
    const part = (checkShape("perGate", shape)[0] ?? 0) / gates;
    if (!Number.isInteger(part) || shape.length === 0)
      throw new ShapeError("perGate", `axis 0 of ${formatShape(shape)} does not split into ${gates}`);
    return concat(
      Array.from({ length: gates }, () =>
        tensorOf("perGate", "initial value", initializer(generator, shape.with(0, part))),
      ),
    );
  };
}

function checkInitializer(op: string, initializer: Initializer): Initializer {
  return checkFunction(op, "initializer", initializer, "orthogonal, or (generator, shape) => zeros(shape)");
}

/** Says how to initialise a Parameter, by its name, or leaves it alone. */
export type InitializerChoice = (name: string, parameter: Parameter) => Initializer | undefined;

/**
 * Gives the Parameters of a module new values: `choice` has an initializer by name, or is a function that says which. For example
 * `initialize(lstm, generator, (name) => (name.startsWith("weight_hh") ? perGate(orthogonal, 4) : undefined))`.
 * @throws TapegradError for a name that the module does not have, and for an empty choice.
 * @example
 * import { forgetGateBias, Generator, initialize, LSTM, orthogonal, perGate } from "tapegrad";
 * const layer = new LSTM(3, 8);
 * initialize(layer, new Generator(1), { bias_ih_l0: forgetGateBias(), weight_hh_l0: perGate(orthogonal, 4) });
 * console.log([...layer.namedParameters()].find(([name]) => name === "bias_ih_l0")?.[1].value.slice([6], [10]));
 * // → Tensor(float32 [4]) [0, 0, 1, 1]
 */
export function initialize(
  module: Module,
  generator: Generator,
  choice: InitializerChoice | Readonly<Record<string, Initializer>>,
): void {
  const op = "initialize";
  checkInstance(op, "model", module, Module, "pass a module");
  checkGenerator(op, "generator", generator);
  const named = [...module.namedParameters()];
  const names = named.map(([name]) => name).join(", ") || "none";
  if (isPlainObject(choice)) {
    const misspelt = Object.keys(choice).find((name) => !named.some(([known]) => known === name));
    if (misspelt !== undefined)
      throw new TapegradError(op, `there is no parameter ${misspelt}`, `the names are ${names}`);
  } else checkFunction(op, "choice", choice, "{ weight: orthogonal }, or (name) => …");
  const chosen = named.flatMap(([name, parameter]) => {
    const initializer = isPlainObject(choice) ? choice[name] : choice(name, parameter);
    return initializer === undefined ? [] : [[parameter, checkInitializer(op, initializer)] as const];
  });
  if (chosen.length === 0) throw new TapegradError(op, "no parameter was chosen", `the names are ${names}`);
  for (const [parameter, initializer] of chosen) {
    const value = tensorOf(op, "initial value", initializer(generator, parameter.shape));
    parameter.assign(cast(value, parameter.dtype));
  }
}

/**
 * For a bias [4·hidden] of an LSTM, gates in the order i f g o: `value` for the forget gate, so that a new cell remembers
 * (Gers et al., 2000; Jozefowicz et al., 2015, recommend 1), and 0 for the others. A cell adds two biases, `bias_ih` and
 * `bias_hh`: give one of them this, and the other zeros.
 * @example
 * import { forgetGateBias, Generator, initialize, LSTMCell, zeros } from "tapegrad";
 * const cell = new LSTMCell(2, 1);
 * initialize(cell, new Generator(1), { bias_ih: forgetGateBias(1), bias_hh: (_, shape) => zeros(shape) });
 * console.log(cell.bias_ih?.value); // i f g o
 * // → Tensor(float32 [4]) [0, 1, 0, 0]
 */
export function forgetGateBias(value = 1): Initializer {
  checkRange("forgetGateBias", "value", value, Number.isFinite, "a finite number");
  return (_, shape) => {
    const [length = 0] = checkShape("forgetGateBias", shape);
    if (shape.length !== 1 || length % 4 !== 0)
      throw new ShapeError("forgetGateBias", `not a bias of four gates: ${formatShape(shape)}`, "give it [4·hidden]");
    const gate = length / 4;
    return concat([zeros([gate]), full([gate], value), zeros([2 * gate])]);
  };
}

function xavierDeviation(op: string, generator: Generator, shape: Shape, gain: number): number {
  const fan = fans(op, generator, shape);
  return checkRange(op, "gain", gain, Number.isFinite, "a finite number") * Math.sqrt(2 / (fan.in + fan.out));
}

function heDeviation(op: string, generator: Generator, shape: Shape, options: HeOptions): number {
  const { gain = Math.SQRT2, mode = "fanIn" } = optionsOf(op, options, heOptions);
  const fan = fans(op, generator, shape);
  checkRange(op, "gain", gain, Number.isFinite, "a finite number");
  return gain / Math.sqrt(mode === "fanIn" ? fan.in : fan.out);
}

/** @throws DTypeError for no generator, ShapeError for fewer than two axes, which have no fans. */
function fans(op: string, generator: Generator, shape: Shape): { readonly in: number; readonly out: number } {
  checkGenerator(op, "generator", generator);
  const [rows, columns, ...rest] = checkShape(op, shape);
  if (rows === undefined || columns === undefined)
    throw new ShapeError(op, `no fan in and out: ${formatShape(shape)}`, "give it [out, in, …]");
  return { in: columns * sizeOf(rest), out: rows * sizeOf(rest) };
}
