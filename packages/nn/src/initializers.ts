/**
 * Initial values, drawn from a Generator. Shapes are those of weights, [out, in, …]: the fan in is the product of all lengths
 * but the first, the fan out that of all but the second. Assign them to a Parameter, or to many with `initialize`.
 */
import { scan } from "@tapegrad/autodiff";
import { formatShape, optionsOf, type Parameter, type Shape, ShapeError, sizeOf, type Tensor } from "@tapegrad/core";
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
import type { Module } from "./module.ts";

/** Values of a shape, in the default float dtype. */
export type Initializer = (generator: Generator, shape: Shape) => Tensor;

/** PyTorch's default, uniform on (−bound, bound). The bound is 1/√fan in unless given; recurrent layers take 1/√hidden. */
export function pytorchUniform(generator: Generator, shape: Shape, options: { readonly bound?: number } = {}): Tensor {
  const { bound = 1 / Math.sqrt(fans(shape).in) } = optionsOf("pytorchUniform", options, { bound: true });
  return generator.uniform(shape, { low: -bound, high: bound });
}

export interface GainOptions {
  /** Multiplies the standard deviation. */
  readonly gain?: number;
}

const gainOptions = { gain: true } as const;

/** Uniform with variance gain² · 2 / (fan in + fan out) (Glorot and Bengio, 2010); gain 1 by default. */
export function xavierUniform(generator: Generator, shape: Shape, options: GainOptions = {}): Tensor {
  const { gain = 1 } = optionsOf("xavierUniform", options, gainOptions);
  return pytorchUniform(generator, shape, { bound: Math.sqrt(3) * xavierDeviation(shape, gain) });
}

/** Normal with variance gain² · 2 / (fan in + fan out) (Glorot and Bengio, 2010); gain 1 by default. */
export function xavierNormal(generator: Generator, shape: Shape, options: GainOptions = {}): Tensor {
  const { gain = 1 } = optionsOf("xavierNormal", options, gainOptions);
  return mul(generator.normal(shape), xavierDeviation(shape, gain));
}

export interface HeOptions extends GainOptions {
  /** Whether to keep the variance of values going forwards (the default) or of gradients going back. */
  readonly mode?: "fanIn" | "fanOut";
}

const heOptions = { mode: true, ...gainOptions } as const;

/** Uniform with variance gain² / fan (He et al., 2015); gain √2 by default, for relu. */
export function heUniform(generator: Generator, shape: Shape, options: HeOptions = {}): Tensor {
  return pytorchUniform(generator, shape, { bound: Math.sqrt(3) * heDeviation("heUniform", shape, options) });
}

/** Normal with variance gain² / fan (He et al., 2015); gain √2 by default, for relu. */
export function heNormal(generator: Generator, shape: Shape, options: HeOptions = {}): Tensor {
  return mul(generator.normal(shape), heDeviation("heNormal", shape, options));
}

/**
 * A random matrix with orthonormal rows, or columns if there are fewer of them, times `gain` (Saxe et al., 2014), uniform among
 * all such matrices. Axes after the first count as columns.
 */
export function orthogonal(generator: Generator, shape: Shape, options: GainOptions = {}): Tensor {
  const { gain = 1 } = optionsOf("orthogonal", options, gainOptions);
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

/** `initializer` for each of `gates` equal parts along the first axis, as if each gate had a weight of its own. */
export function perGate(initializer: Initializer, gates: number): Initializer {
  return (generator, shape) => {
    const part = (shape[0] ?? 0) / gates;
    if (!Number.isInteger(part))
      throw new ShapeError("perGate", `axis 0 of ${formatShape(shape)} does not split into ${gates}`);
    return concat(Array.from({ length: gates }, () => initializer(generator, shape.with(0, part))));
  };
}

/**
 * Gives the Parameters of a module new values: `choose` says how, by name, or leaves one alone. For example
 * `initialize(lstm, generator, (name) => (name.startsWith("weight_hh") ? perGate(orthogonal, 4) : undefined))`.
 */
export function initialize(
  module: Module,
  generator: Generator,
  choose: (name: string, parameter: Parameter) => Initializer | undefined,
): void {
  for (const [name, parameter] of module.namedParameters()) {
    const initializer = choose(name, parameter);
    if (initializer !== undefined) parameter.assign(cast(initializer(generator, parameter.shape), parameter.dtype));
  }
}

/**
 * For a bias [4·hidden] of an LSTM, gates in the order i f g o: `value` for the forget gate, so that a new cell remembers
 * (Gers et al., 2000; Jozefowicz et al., 2015, recommend 1), and 0 for the others. A cell adds two biases, `bias_ih` and
 * `bias_hh`: give one of them this, and the other zeros.
 */
export function forgetGateBias(value = 1): Initializer {
  return (_, shape) => {
    const [length = 0] = shape;
    if (shape.length !== 1 || length % 4 !== 0)
      throw new ShapeError("forgetGateBias", `not a bias of four gates: ${formatShape(shape)}`, "give it [4·hidden]");
    const gate = length / 4;
    return concat([zeros([gate]), full([gate], value), zeros([2 * gate])]);
  };
}

function xavierDeviation(shape: Shape, gain: number): number {
  const fan = fans(shape);
  return gain * Math.sqrt(2 / (fan.in + fan.out));
}

function heDeviation(op: string, shape: Shape, options: HeOptions): number {
  const { gain = Math.SQRT2, mode = "fanIn" } = optionsOf(op, options, heOptions);
  const fan = fans(shape);
  return gain / Math.sqrt(mode === "fanIn" ? fan.in : fan.out);
}

/** @throws ShapeError for fewer than two axes, which have no fans. */
function fans(shape: Shape): { readonly in: number; readonly out: number } {
  const [rows, columns, ...rest] = shape;
  if (rows === undefined || columns === undefined)
    throw new ShapeError("initializer", `no fan in and out: ${formatShape(shape)}`, "give it [out, in, …]");
  return { in: columns * sizeOf(rest), out: rows * sizeOf(rest) };
}
