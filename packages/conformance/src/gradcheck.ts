/**
 * Checks derivatives in double precision. Forward against reverse mode, as ⟨Ju, v⟩ = ⟨u, Jᵀv⟩, checks the transposes. Central
 * differences along a random direction check the rest: their error must be O(h²) down to roundoff.
 */
import { jvp, vjp } from "@tapegrad/autodiff";
import { DTypeError, type Shape, sizeOf, TapegradError } from "@tapegrad/core";
import {
  type Application,
  checkChoice,
  checkCount,
  checkFunction,
  checkList,
  checkNumber,
  optionsOf,
  withFrame,
} from "@tapegrad/core/internal";
import { seededUniforms } from "@tapegrad/ops/samples";
import { type Field, fieldOf, type Point, pointOf, tensorsAt, type VariedLeaf } from "./field.ts";

/** How a derivative is computed. */
export type Mode = "forward" | "reverse";

/** Options of `gradcheck`. */
export interface GradcheckOptions {
  /** 2 checks the gradient function of ⟨v, f⟩ as well; 1 by default. */
  readonly order?: 1 | 2 | undefined;
  /** Both by default; with one alone there is nothing to compare it with but differences. */
  readonly modes?: readonly Mode[] | undefined;
  /** How far ⟨Ju, v⟩ and ⟨u, Jᵀv⟩ may be apart, relative to ‖Ju‖·‖v‖ and beside a hundred roundoffs of f; 1e-12 by default. */
  readonly tolerance?: number | undefined;
  /** Of the random directions; the same seed gives the same directions. */
  readonly seed?: number | undefined;
  /**
   * "float64" records `f` as it is and computes the whole of it in float64: for a model whose Parameters, states or constants
   * are float32. Without it `f` is given float64 values, and computes in the dtypes that it makes of them.
   */
  readonly dtype?: "float64" | undefined;
}

const gradcheckOptions = { order: true, modes: true, tolerance: true, seed: true, dtype: true } as const;
const hint = 'float32 is computed inside; to compute all of it in float64, pass { dtype: "float64" }';

/** One comparison of two numbers that should be the same derivative. */
export interface Comparison {
  readonly order: 1 | 2;
  readonly kind: "forward against reverse" | "derivative against differences";
  /** Along which inputs. */
  readonly input: string;
  /** The derivative along the direction: by forward mode if it was asked for, else by reverse mode. */
  readonly derivative: number;
  /** What it was compared with: reverse mode, or the difference quotient. */
  readonly other: number;
  readonly error: number;
  /** The error that passes without question; a larger one of differences passes if it falls fourfold as h is halved. */
  readonly allowed: number;
  readonly passed: boolean;
}

/** What was compared, and whether all of it agrees. */
export interface GradcheckReport {
  readonly passed: boolean;
  readonly comparisons: readonly Comparison[];
}

/**
 * Compares the derivatives of `f` at `inputs` with each other and with differences. `inputs` are its arguments, trees of
 * tensors, Parameters and modules; float leaves are varied in float64, whatever their own dtype, and integers held fixed. `f`
 * must be smooth there, and must return the same for the same inputs. Of a model in float32, pass `{ dtype: "float64" }`.
 * @throws TapegradError naming input, order and numbers when a derivative is wrong; `gradcheckReport` returns them instead.
 */
export function gradcheck(
  f: (...inputs: never[]) => unknown,
  inputs: readonly unknown[],
  options: GradcheckOptions = {},
): void {
  let isSingle = false;
  const observe = ({ outputs }: Application) => {
    isSingle ||= outputs.some(({ dtype }) => dtype === "float32");
  };
  const report = withFrame({ kind: "observer", observe }, () => gradcheckReport(f, inputs, options));
  const wrong = report.comparisons.filter(({ passed }) => !passed);
  if (wrong.length === 0) return;
  const lines = wrong.map(
    ({ order, kind, input, derivative, other, error, allowed }) =>
      `order ${order}, ${input}, ${kind}: ${derivative} ≠ ${other} (error ${error.toExponential(1)}, allowed ${allowed.toExponential(1)})`,
  );
  throw new TapegradError(
    "gradcheck",
    `the derivative is wrong: ${lines.join("; ")}`,
    isSingle ? hint : "correct the rule, or move the inputs away from kinks",
  );
}

/** Like `gradcheck`, but returns every comparison. @throws TapegradError when `f` cannot be checked at all. */
export function gradcheckReport(
  f: (...inputs: never[]) => unknown,
  inputs: readonly unknown[],
  options: GradcheckOptions = {},
): GradcheckReport {
  const {
    order = 1,
    modes = ["forward", "reverse"],
    tolerance = 1e-12,
    seed = 0,
    dtype,
  } = optionsOf("gradcheck", options, gradcheckOptions);
  checkFunction("gradcheck", "function to check", f, "gradcheck(f, [x])");
  checkList("gradcheck", "inputs", inputs, "gradcheck(f, [x])");
  checkList("gradcheck", "modes", modes, '{ modes: ["forward", "reverse"] }');
  for (const mode of modes) checkChoice("gradcheck", "mode", mode, ["forward", "reverse"]);
  checkChoice("gradcheck", "order", order, [1, 2]);
  checkChoice("gradcheck", "dtype", dtype, ["float64", undefined]);
  checkNumber("gradcheck", "tolerance", tolerance);
  checkCount("gradcheck", "seed", seed);
  if (modes.length === 0) throw new TapegradError("gradcheck", "no modes", 'name "forward", "reverse" or both');
  const { field, leaves } = hinted(dtype, () => fieldOf(f, inputs, dtype === "float64"));
  const random = seededUniforms(seed + 1);
  const first = hinted(dtype, () => new Check(field, leaves, { order: 1, modes, tolerance, random, floor: 0 }));
  const comparisons = first.run();
  if (order === 2) {
    // The terms of second derivatives are as large as f's even where they cancel.
    const floor = first.magnitude;
    comparisons.push(...new Check(first.derivativeField(), leaves, { order, modes, tolerance, random, floor }).run());
  }
  return { passed: comparisons.every(({ passed }) => passed), comparisons };
}

/** `run`, which may fail because float64 values meet float32 ones; the error then says how to have float64 alone. */
function hinted<T>(dtype: "float64" | undefined, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (dtype !== undefined || !(error instanceof DTypeError) || !error.message.includes("float32")) throw error;
    throw new DTypeError("gradcheck", `f failed with float64 inputs: ${error.message}`, hint, { cause: error });
  }
}

interface CheckOptions {
  readonly order: 1 | 2;
  readonly modes: readonly Mode[];
  readonly tolerance: number;
  readonly random: () => number;
  /** A size whose rounding shows in results that are smaller. */
  readonly floor: number;
}

/** The comparisons of one field at one point, with one direction u of the inputs and one weighing v of the outputs. */
class Check {
  readonly #field: Field;
  readonly #leaves: readonly VariedLeaf[];
  readonly #options: CheckOptions;
  readonly #shapes: readonly Shape[];
  readonly #outputShapes: readonly Shape[];
  readonly #u: Point;
  readonly #v: Point;
  /** Σ |vᵢ fᵢ|, and the floor. */
  readonly magnitude: number;

  constructor(field: Field, leaves: readonly VariedLeaf[], options: CheckOptions) {
    this.#field = field;
    this.#leaves = leaves;
    this.#options = options;
    this.#shapes = leaves.map(({ shape }) => shape);
    const outputs = field(this.#tensors());
    if (outputs.length === 0)
      throw new TapegradError("gradcheck", "f returns no float tensor", "return what is to be differentiated");
    this.#outputShapes = outputs.map(({ shape }) => shape);
    this.#u = direction(this.#shapes, options.random);
    this.#v = direction(this.#outputShapes, options.random);
    const [once, twice] = [this.#valueAt(this.#u, 0), this.#valueAt(this.#u, 0)];
    this.magnitude = once.magnitude + options.floor;
    if (!Object.is(once.value, twice.value)) {
      throw new TapegradError(
        "gradcheck",
        `f gives different results for the same inputs: ${once.value} and ${twice.value}`,
        "make what it draws part of the inputs",
      );
    }
  }

  /** The gradient of ⟨v, f⟩ as a field of its own, or with forward mode alone the tangent along u. */
  derivativeField(): Field {
    if (this.#options.modes.includes("reverse")) {
      const v = tensorsAt(this.#v, this.#outputShapes);
      return (x) => vjp(this.#field, x).pullback(v)[0];
    }
    const u = tensorsAt(this.#u, this.#shapes);
    return (x) => jvp(this.#field, [x], [u]).tangent;
  }

  run(): Comparison[] {
    const { modes, order, tolerance } = this.#options;
    const Jtv = modes.includes("reverse") ? this.#cotangents() : undefined;
    const comparisons: Comparison[] = [];
    if (Jtv !== undefined && modes.includes("forward")) {
      const compare = (input: string, u: Point): Comparison => {
        const Ju = this.#tangents(u);
        const [forward, reverse] = [dot(Ju, this.#v), dot(u, Jtv)];
        const error = Math.abs(forward - reverse);
        // Where terms cancel, as in the sum of a softmax, both are nothing but roundoff.
        const roundoff = Number.EPSILON * this.magnitude;
        const allowed = tolerance * norm(Ju) * norm(this.#v) + 100 * roundoff;
        const kind = "forward against reverse";
        return { order, kind, input, derivative: forward, other: reverse, error, allowed, passed: error <= allowed };
      };
      comparisons.push(...this.#narrow(compare));
    }
    comparisons.push(
      ...this.#narrow((input, u) => {
        const derivative = modes.includes("forward") ? dot(this.#tangents(u), this.#v) : dot(u, Jtv ?? []);
        return { order, input, derivative, ...this.#difference(u, derivative, Jtv) };
      }),
    );
    return comparisons;
  }

  /** Along all inputs at once; where that fails, along each alone, so that the message can name those at fault. */
  #narrow(compare: (input: string, u: Point) => Comparison): Comparison[] {
    const whole = compare(this.#leaves.length === 1 ? (this.#leaves[0]?.name ?? "") : "all inputs", this.#u);
    if (whole.passed || this.#leaves.length === 1) return [whole];
    const alone = this.#leaves.map(({ name }, at) =>
      compare(
        name,
        this.#u.map((data, i) => (i === at ? data : new Float64Array(data.length))),
      ),
    );
    const wrong = alone.filter(({ passed }) => !passed);
    return wrong.length > 0 ? wrong : [whole];
  }

  /**
   * The difference quotient at h, h/2, h/4, h/8 against `derivative`. An error within a hundred roundoffs passes; a larger
   * one must have fallen about fourfold from the step before, as the h² of a smooth function does and a wrong rule's does not.
   */
  #difference(u: Point, derivative: number, Jtv: Point | undefined) {
    const kind = "derivative against differences" as const;
    let [passed, previous, error, allowed, other] = [true, Infinity, NaN, 0, NaN];
    for (const h of [2 ** -11, 2 ** -12, 2 ** -13, 2 ** -14]) {
      const [above, below] = [this.#valueAt(u, h), this.#valueAt(u, -h)];
      other = (above.value - below.value) / (2 * h);
      error = Math.abs(other - derivative);
      // What rounding f and x + hu to doubles can do to the quotient.
      const rounded = above.magnitude + below.magnitude + this.#inputMagnitude(Jtv, derivative) + this.#options.floor;
      const roundoff = (Number.EPSILON * rounded) / h;
      allowed = 100 * roundoff;
      if (h < 2 ** -11 && !(error <= allowed || error <= previous / 3)) passed = false;
      previous = error;
    }
    return { kind, other, error, allowed, passed };
  }

  /** ⟨v, f(x + hu)⟩ and the sum of its terms' magnitudes. */
  #valueAt(u: Point, h: number): { value: number; magnitude: number } {
    const moved = this.#leaves.map(({ data }, i) => data.map((value, k) => value + h * (u[i]?.[k] ?? 0)));
    const outputs = pointOf(this.#field(tensorsAt(moved, this.#shapes)));
    return { value: dot(outputs, this.#v), magnitude: dot(outputs.map(absolute), this.#v.map(absolute)) };
  }

  /** Σ |∂⟨v, f⟩/∂xᵢ · xᵢ|: how strongly the rounding of x shows; by the largest |xᵢ| where the partials are not known. */
  #inputMagnitude(Jtv: Point | undefined, derivative: number): number {
    const x = this.#leaves.map(({ data }) => data.map((value) => (Number.isFinite(value) ? Math.abs(value) : 0)));
    if (Jtv !== undefined) return dot(Jtv.map(absolute), x);
    return Math.abs(derivative) * x.reduce((most, data) => data.reduce((a, b) => Math.max(a, b), most), 0);
  }

  #tangents(u: Point): Point {
    return pointOf(jvp(this.#field, [this.#tensors()], [tensorsAt(u, this.#shapes)]).tangent);
  }

  #cotangents(): Point {
    return pointOf(vjp(this.#field, this.#tensors()).pullback(tensorsAt(this.#v, this.#outputShapes))[0]);
  }

  #tensors() {
    return tensorsAt(
      this.#leaves.map(({ data }) => data),
      this.#shapes,
    );
  }
}

/** Of either sign, no element near zero, so that none is overlooked. */
function direction(shapes: readonly Shape[], random: () => number): Point {
  const element = () => (0.5 + random()) * (random() < 0.5 ? -1 : 1);
  return shapes.map((shape) => Float64Array.from({ length: sizeOf(shape) }, element));
}

function dot(a: Point, b: Point): number {
  return a.reduce((total, data, i) => data.reduce((sum, value, k) => sum + value * (b[i]?.[k] ?? 0), total), 0);
}

function norm(a: Point): number {
  return Math.sqrt(dot(a, a));
}

function absolute(data: Float64Array): Float64Array {
  return data.map(Math.abs);
}
