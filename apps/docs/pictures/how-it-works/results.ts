/** Benchmarks and learning results as charts. The numbers are those of `docs/benchmarks.md` and `docs/learning.jsonl`, read here. */
import { readFileSync } from "node:fs";
import { chart } from "../chart.ts";
import { cellColours, ink } from "../ink.ts";
import type { Picture } from "../picture.ts";

const documents = new URL("../../../../docs/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, documents), "utf8");

/** Training steps: time ÷ PyTorch's, by the name of the model. */
function ratios(): { model: string; cell: string; ratio: number }[] {
  const row = /^\| (lstm|gru|rnn) (\w+(?: dense)?): [^|]+\|[^|]+\|[^|]+\|[^|]+\| +([\d.]+) ×/gm;
  const found = Array.from(read("benchmarks.md").matchAll(row), ([, cell = "", size = "", ratio = ""]) => ({
    model: `${cell.toUpperCase()} ${size}`,
    cell: cell.toUpperCase(),
    ratio: Number(ratio),
  }));
  if (found.length === 0) throw new Error("docs/benchmarks.md has no table of training steps as it used to");
  return found;
}

export const benchmarks: Picture = {
  name: "benchmarks",
  draw: () =>
    chart({
      width: 440,
      height: { step: 20 },
      encoding: {
        y: { field: "model", type: "nominal", sort: null, title: null, axis: { domain: false, ticks: false } },
      },
      layer: [
        {
          data: { values: ratios() },
          mark: { type: "point", filled: true, size: 90, opacity: 1 },
          encoding: {
            x: {
              field: "ratio",
              type: "quantitative",
              scale: { type: "log", domain: [0.03, 3] },
              title: "time of a training step ÷ PyTorch's, logarithmic; left of 1 is faster",
              axis: { values: [0.03, 0.1, 0.3, 1, 3], format: "~g" },
            },
            color: { field: "cell", type: "nominal", title: null, scale: cellColours },
          },
        },
        {
          data: { values: ratios() },
          mark: { type: "text", align: "left", dx: 9 },
          encoding: { x: { field: "ratio", type: "quantitative" }, text: { field: "ratio", format: "~r" } },
        },
        {
          data: { values: [{}] },
          mark: { type: "rule", color: ink.text, strokeDash: [4, 4] },
          encoding: { x: { datum: 1 }, y: { value: 0 }, y2: { value: { expr: "height" } } },
        },
      ],
    }),
};

interface TextRun {
  readonly task: string;
  readonly cell: string;
  readonly seed: number;
  readonly points?: readonly (readonly [step: number, nats: number])[];
}

export const learningText: Picture = {
  name: "learning-text",
  draw: () => {
    const runs = read("learning.jsonl")
      .split("\n")
      .filter((line) => line !== "")
      .map((line): TextRun => JSON.parse(line)) // Our own file.
      .filter(({ task }) => task === "text");
    const values = runs.flatMap(({ cell, seed, points = [] }) =>
      points.map(([step, nats]) => ({ cell: cell.toUpperCase(), seed, step, nats })),
    );
    return chart({
      width: 420,
      height: 200,
      data: { values },
      mark: { type: "line", point: true, strokeWidth: 1.5 },
      encoding: {
        x: {
          field: "step",
          type: "quantitative",
          title: "training step",
          axis: { values: [500, 1000, 1500, 2000] },
          scale: { domain: [400, 2050], nice: false },
        },
        y: { field: "nats", type: "quantitative", title: "nats per character", scale: { zero: false } },
        color: { field: "cell", type: "nominal", title: null, scale: cellColours },
        detail: { field: "seed", type: "nominal" },
      },
    });
  },
};
