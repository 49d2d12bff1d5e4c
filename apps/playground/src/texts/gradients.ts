/** The texts of the Gradients lens. */
import { shortNumber } from "../components/short-number.ts";
import type { Flow } from "../lenses/gradients/answer-flow.ts";
import type { ScalarFlow, ScalarSettings } from "../lenses/gradients/scalar-example.ts";

export const gradientsTexts = {
  part: "What to look at",
  parts: { scalar: "One number", live: "This network" },

  equation: "hₜ = tanh(2 x + W hₜ₋₁ + b), from h₀ = 0, with the same x at every step",
  sliders: {
    x: "Input x",
    weight: "Weight W",
    bias: "Bias b",
    steps: "Steps T",
  },
  examples: "The same W with other inputs",
  example: (x: number, steps: number, gradient: number | undefined) =>
    `x = ${shortNumber(x)}: ∂h${subscript(steps)}/∂h₀ = ${gradient === undefined ? "…" : shortNumber(gradient)}`,
  curve: "tanh, with the point that each step is at. Where the curve is flat, nothing flows back.",
  curveTitle: "tanh at each step",
  productTitle: (steps: number, gradient: number) =>
    `Back through time from h${subscript(steps)}: ∂h${subscript(steps)}/∂h₀ = ${shortNumber(gradient)}`,
  product: (steps: number, gradients: readonly number[]) =>
    `The gradient back through time: ${gradients
      .map((gradient, t) => `∂h${steps}/∂h${t} = ${shortNumber(gradient)}`)
      .toReversed()
      .join(", ")}.`,
  lines: { product: "product", weight: "W alone", slopes: "tanh′ alone" },
  slopeRow: "tanh′",
  weightRow: "× W",

  scalarSentence: ({ weight, steps }: ScalarSettings, { slopes, gradients }: ScalarFlow) => {
    const [gradient = 0] = gradients;
    const size = Math.abs(gradient);
    const slope = slopes.reduce((product, each) => product * each, 1) ** (1 / steps);
    const end = size > 10 ? "explodes" : size < 0.1 ? "vanishes" : "survives";
    return `Each step back multiplies by W = ${shortNumber(weight)} and by tanh′, ${shortNumber(slope)} in the geometric mean. After ${steps} ${steps === 1 ? "step" : "steps"} the gradient is ${shortNumber(gradient)}: it ${end}.`;
  },
  scalarCode: "gradientFlow(cell, x).runs.cell.gradients.h",

  flowSentence: ({ layers, inputLabels, parameterNorm }: Flow, window: number, clip: number) => {
    const { h = [] } = layers[0] ?? {};
    const [first = 0, last = 0] = [h[1], h.at(-1)];
    const steps = inputLabels.length - 1;
    const cut =
      window > steps
        ? "The window reaches over all of it."
        : `The window of ${window} lets none of it reach further back than ${window - 1} ${window === 2 ? "step" : "steps"}.`;
    const clipped =
      clip === 0 || parameterNorm <= clip
        ? `The gradient of all parameters has the norm ${shortNumber(parameterNorm)}, which is not clipped.`
        : `The gradient of all parameters has the norm ${shortNumber(parameterNorm)}, so clipping multiplies everything by ${shortNumber(clip / parameterNorm)}.`;
    return `At the prediction, ‖∂loss/∂h‖ is ${shortNumber(last)}; ${steps} steps earlier it is ${shortNumber(first)}. ${cut} ${clipped}`;
  },
  flowCode: "gradientFlow(model, x, { loss }).runs.l0.norms.h",

  layer: "Layer",
  layerName: (layer: number) => `layer ${layer + 1}`,
  siblings: "Overlay the other cells, trained as long, with as many parameters",
  flow: (label: string, target: string) =>
    `How much the loss of one prediction (${target} after ${label}) changes with the state at each step before it.`,
  axis: "‖∂loss/∂state‖",
  timeAxis: "the state after reading …",
  window: "Truncation window",
  windowLabel: (window: number) => `window: ${window} ${window === 1 ? "step" : "steps"}`,
  beyond: "no gradient arrives here",
  clip: "Clipping",
  clipLabel: (clip: number) => (clip === 0 ? "no clipping" : `clip at ${shortNumber(clip)}`),
  parameters: "weights",
  reader: "Step to read",
  reading: (back: number, label: string, values: readonly string[]) =>
    `${back === 0 ? "At the prediction" : `${back} ${back === 1 ? "step" : "steps"} back`}, after ${label}: ${values.join("; ")}.`,
  units: (units: number) => `(${units} units)`,
  siblingNote: (units: number, step: number, goal: number) =>
    step === goal ? `(${units} units)` : `(${units} units, at step ${step.toLocaleString("en")})`,
  hint: "Drag the red walls, or point at a step to read it. When you let a wall go, the same network learns again with it, to the same step.",
  short: "So few steps hardly make a gradient vanish: choose longer data, or move the cursor further on.",
  fixedWindow: "This task is read whole, so the window is a look only.",
  waiting: "The network is being asked …",
} as const;

const digits = "₀₁₂₃₄₅₆₇₈₉";

/** ₁₀ */
export function subscript(count: number): string {
  return Array.from(String(count), (digit) => digits[Number(digit)]).join("");
}
