/** The worked example of vanishing and exploding gradients, and how the size of the weights decides in a larger network. */
import { eye, Generator, gradientFlow, mul, RNNCell, setDefaultDType, tensor } from "tapegrad";
import { chart } from "../chart.ts";
import { ink } from "../ink.ts";
import type { Picture } from "../picture.ts";

export const workedExample: Picture = {
  name: "worked-example",
  draw: async () => {
    const values: { back: string; gradient: number; x: string }[] = [];
    setDefaultDType("float64"); // 1 − h² of an h near 1 cancels
    for (const x of [-0.5, 0, 1]) {
      const cell = new RNNCell(1, 1);
      cell.weight_ih.assign(tensor([[2]]));
      cell.weight_hh.assign(tensor([[3]]));
      cell.bias_ih?.assign(tensor([1]));
      cell.bias_hh?.assign(tensor([0]));
      const { runs } = gradientFlow(cell, tensor([[[x], [x], [x]]]));
      const norms = (await runs.RNNCell?.norms.h?.data()) ?? [];
      for (const [t, gradient] of Array.from(norms).entries())
        values.push({ back: `h${t}`, gradient, x: `x = ${x}`.replace("-", "−") });
    }
    setDefaultDType("float32");
    return chart({
      width: 400,
      height: 200,
      data: { values },
      encoding: {
        x: {
          field: "back",
          type: "ordinal",
          sort: "descending",
          title: "on the way back, from h3 to h0",
          axis: { labelAngle: 0 },
        },
        y: {
          field: "gradient",
          type: "quantitative",
          scale: { type: "log" },
          title: "∂h3 / ∂h",
          axis: { format: "~e", values: [1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1, 100] },
        },
        color: {
          field: "x",
          type: "nominal",
          title: null,
          sort: null,
          scale: { range: [ink.orange, ink.blue, ink.green] },
        },
      },
      layer: [
        { mark: { type: "line", point: { size: 60 } } },
        {
          transform: [{ filter: "datum.back === 'h0'" }],
          mark: { type: "text", align: "left", dx: 10 },
          encoding: { text: { field: "gradient", format: ".3~g" } },
        },
      ],
    });
  },
};

const [steps, hidden] = [30, 32];

export const weightScale: Picture = {
  name: "weight-scale",
  draw: async () => {
    const values: { step: number; gradient: number; scale: string }[] = [];
    const inputs = mul(new Generator(1).normal([1, steps, 1]), 0.01);
    for (const scale of [1.2, 1, 0.8]) {
      const cell = new RNNCell(1, hidden, { generator: new Generator(2), bias: false });
      cell.weight_hh.assign(mul(eye(hidden), scale));
      const { runs } = gradientFlow(cell, inputs);
      const norms = Array.from((await runs.RNNCell?.norms.h?.data()) ?? []).slice(1);
      for (const [t, norm] of norms.entries())
        values.push({ step: t + 1, gradient: norm / (norms.at(-1) ?? 1), scale: scale.toFixed(1) });
    }
    return chart({
      width: 400,
      height: 180,
      data: { values },
      mark: "line",
      encoding: {
        x: { field: "step", type: "quantitative", title: "time step", scale: { nice: false, domain: [1, steps] } },
        y: {
          field: "gradient",
          type: "quantitative",
          scale: { type: "log" },
          title: "gradient, relative to step 30",
          axis: { format: "~g", values: [0.001, 0.01, 0.1, 1, 10, 100] },
        },
        color: {
          field: "scale",
          type: "nominal",
          title: "spectral radius",
          sort: null,
          scale: { range: [ink.orange, ink.blue, ink.green] },
        },
      },
    });
  },
};
