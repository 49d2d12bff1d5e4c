/** The worked numbers of the LSTM: three numbers of a cell state, what the forget gate keeps, and what is written. */
import { add, mul, tensor } from "tapegrad";
import { chart } from "../chart.ts";
import { ink } from "../ink.ts";
import type { Picture } from "../picture.ts";

export const cellState: Picture = {
  name: "cell-state",
  draw: async () => {
    const before = tensor([3, 5, -2]);
    const kept = mul(tensor([0.7, 0.4, 0.8]), before);
    const after = add(kept, mul(tensor([1, 0.5, 0]), tensor([0.9, -0.8, 0.9])));
    const stages = { "old c": before, "f ⊙ c": kept, "f ⊙ c + i ⊙ g": after };
    const values: { stage: string; entry: string; value: number }[] = [];
    for (const [stage, state] of Object.entries(stages)) {
      for (const [i, value] of Array.from(await state.data()).entries())
        values.push({ stage, entry: `c[${i}]`, value });
    }
    return chart({
      data: { values },
      facet: { field: "stage", type: "nominal", title: null, sort: Object.keys(stages) },
      spec: {
        width: 130,
        height: 140,
        encoding: {
          x: { field: "entry", type: "nominal", title: null, axis: { labelAngle: 0 } },
          y: { field: "value", type: "quantitative", title: null, scale: { domain: [-3, 6] } },
        },
        layer: [
          { mark: { type: "bar", color: ink.blue, width: 26 } },
          {
            mark: { type: "text", dy: { expr: "datum.value < 0 ? 10 : -8" } },
            encoding: { text: { field: "value", format: ".1f" } },
          },
        ],
      },
    });
  },
};
