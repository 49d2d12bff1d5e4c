/** The equation of one value of one unit with its numbers: name = activation(Σ factor · value). */
import type { StepValues, ValueName } from "../../engine/gates.ts";
import type { CellName } from "../../engine/settings.ts";
import type { Affine, InsideStep } from "./answer.ts";

export interface Term {
  /** What is multiplied, as the equation names it, for example `W_f x₃`. */
  readonly names: readonly [factor: string, value: string];
  readonly factor: number;
  readonly value: number;
  /** Where it comes from: the input, the state before, a bias, or other values of this step. */
  readonly from: "input" | "state" | "bias" | "step";
}

export interface Equation {
  readonly activation: "σ" | "tanh" | undefined;
  /** Those of the largest products come first. */
  readonly terms: readonly Term[];
  /** Σ factor · value. */
  readonly total: number;
  /** activation(total), and what the value is now: the same, unless it is held. */
  readonly free: number;
  readonly value: number;
}

const applied: Readonly<Record<"σ" | "tanh", (total: number) => number>> = {
  σ: (total) => 1 / (1 + Math.exp(-total)),
  tanh: Math.tanh,
};

const activations: StepValues<"σ" | "tanh"> = { i: "σ", f: "σ", g: "tanh", o: "σ", r: "σ", z: "σ", n: "tanh" };

/** Undefined for a value that the step does not have, and for a cell whose equations nobody knows. */
export function equationOf(name: ValueName, cell: CellName, step: InsideStep, unit: number): Equation | undefined {
  const value = step.values[name]?.[unit];
  if (value === undefined || !hasEquations(step)) return undefined;
  const activation = name === "h" && cell === "RNN" ? "tanh" : activations[name];
  const terms = termsOf(name, cell, step, unit).toSorted((a, b) => Math.abs(productOf(b)) - Math.abs(productOf(a)));
  const total = terms.reduce((sum, term) => sum + productOf(term), 0);
  return { activation, terms, total, free: activation === undefined ? total : applied[activation](total), value };
}

/** Whether the cell is one whose equations are known, so that its values have names and can be held. */
export function hasEquations({ sums }: InsideStep): boolean {
  return Object.keys(sums).length > 0;
}

export function productOf({ factor, value }: Term): number {
  return factor * value;
}

function termsOf(name: ValueName, cell: CellName, step: InsideStep, unit: number): readonly Term[] {
  const at = (values: Float32Array | undefined) => values?.[unit] ?? 0;
  const { values, h, c, sums } = step;
  const product = (factorName: string, factor: number, valueName: string, value: number): Term => ({
    names: [factorName, valueName],
    factor,
    value,
    from: "step",
  });
  const sum = sums[name];
  if (sum !== undefined) {
    const fromInput = inputTerms(name, sum, step.x);
    if (name !== "n") return [...fromInput, ...stateTerms(name, sum, h, "h")];
    if (cell === "GRU, reset before")
      return [
        ...fromInput,
        ...stateTerms(
          name,
          sum,
          h.map((state, of) => state * (values.r?.[of] ?? 0)),
          "(r ⊙ h)",
        ),
      ];
    const memory = stateTerms(name, sum, h, "h").reduce((total, term) => total + productOf(term), 0);
    return [...fromInput, product("r", at(values.r), "(U h + d)", memory)];
  }
  if (name === "c")
    return [product("f", at(values.f), "c before", at(c)), product("i", at(values.i), "g", at(values.g))];
  if (cell === "RNN") return [product("1", 1, "a", at(values.a))];
  if (values.c !== undefined) return [product("o", at(values.o), "tanh c", Math.tanh(at(values.c)))];
  const z = at(values.z);
  return [product("(1 − z)", 1 - z, "n", at(values.n)), product("z", z, "h before", at(h))];
}

function inputTerms(name: string, { input, biasInput }: Affine, x: Float32Array): readonly Term[] {
  return [...affineTerms(`W_${name}`, input, x, "x", "input"), bias(`b_${name}`, biasInput)];
}

function stateTerms(name: string, { hidden, biasHidden }: Affine, h: Float32Array, of: string): readonly Term[] {
  return [...affineTerms(`U_${name}`, hidden, h, of, "state"), bias(`d_${name}`, biasHidden)];
}

function affineTerms(matrix: string, row: Float32Array, vector: Float32Array, of: string, from: Term["from"]): Term[] {
  return Array.from(row, (factor, index) => ({
    names: [matrix, `${of}${subscript(index + 1)}`],
    factor,
    value: vector[index] ?? 0,
    from,
  }));
}

function bias(name: string, value: number): Term {
  return { names: [name, ""], factor: value, value: 1, from: "bias" };
}

export function subscript(number: number): string {
  return [...String(number)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
}

/** Two decimals, with a minus sign of its own; as few as needed for larger numbers. */
export function shown(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : 2;
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

export function thousandths(value: number): string {
  return value.toFixed(3).replace("-", "−");
}
