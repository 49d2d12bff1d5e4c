/** A run as a program: what it prints at step 100 is the loss that the engine reports there. */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startOfRun } from "../src/engine/answers/start-of-run.ts";
import { permitOwnCells } from "../src/engine/cells.ts";
import { openModel } from "../src/engine/opened/open-model.ts";
import { ownCells } from "../src/engine/own-cell/evaluate-cell.ts";
import { templates } from "../src/engine/own-cell/templates.ts";
import { Session } from "../src/engine/session.ts";
import { defaultSettings, type RunSettings } from "../src/engine/settings.ts";
import { pytorchProgram } from "../src/export/pytorch.ts";
import { besideName, programSteps, type Recipe } from "../src/export/recipe.ts";
import { typescriptProgram } from "../src/export/typescript.ts";
import { besideFile, weightsFile } from "../src/export/weights.ts";

const run = promisify(execFile);
const folder = new URL("output/export/", import.meta.url);
permitOwnCells(ownCells);

const couplet = "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\n".repeat(30);

interface Exported {
  readonly name: string;
  readonly settings: Partial<RunSettings>;
  /** What the program on PyTorch printed at step 100; undefined where there is none. */
  readonly pytorch: number | undefined;
}

const exported: readonly Exported[] = [
  { name: "hello", settings: {}, pytorch: 0.0053754 },
  {
    name: "held out, two layers",
    settings: { task: { kind: "text", text: couplet }, cell: "GRU", layers: 2, clip: 0.5, seed: 7 },
    pytorch: 0.2881105,
  },
  {
    name: "one-hot",
    settings: { cell: "RNN", architecture: { embedding: 0 }, learningRate: 0.003 },
    pytorch: 0.072181,
  },
  { name: "reset before", settings: { cell: "GRU, reset before", clip: 0 }, pytorch: 0.0040999 },
  { name: "adding", settings: { task: { kind: "adding", length: 12 }, seed: 3 }, pytorch: 0.166988 },
  { name: "shape", settings: { task: { kind: "shape", shape: "many-to-one" }, cell: "GRU" }, pytorch: 0.0006156 },
  {
    name: "opened",
    settings: {
      task: { kind: "text", text: "hole", vocabulary: ["o", "h", "e", "l", "!"] },
      cell: "GRU",
      layers: 2,
      weights: { kind: "file", name: "model" },
    },
    pytorch: 0.0029646,
  },
  ...templates.slice(0, 2).map(({ source: cellSource }, index) => ({
    name: `own ${index}`,
    settings: { cell: "own" as const, cellSource },
    pytorch: undefined,
  })),
];

test.for(exported)("$name", async ({ name, settings: change, pytorch }) => {
  const settings: RunSettings = { ...defaultSettings, ...change };
  const session = new Session(settings);
  const made = startOfRun(session, { steps: programSteps });
  // What stands for a file is what another seed gives.
  const { weights } = settings.weights === undefined ? made : new Session({ ...settings, seed: 99 }).snapshot();
  session.restore({ step: 0, weights });
  const recipe: Recipe = {
    settings,
    summary: session.summary("wasm"),
    start: { ...made, weights },
  };
  let loss = Number.NaN;
  for (let step = 1; step <= 100; step++) loss = session.step().loss;

  const place = new URL(`${name.replaceAll(/\W+/g, "-")}/`, folder);
  await mkdir(place, { recursive: true });
  await writeFile(new URL(besideName, place), besideFile(recipe));
  const program = typescriptProgram(recipe);
  await writeFile(new URL("run.ts", place), program);
  const ownLines = settings.cell === "own" ? (settings.cellSource ?? "").split("\n").length + 8 : 0;
  const lines = program.trimEnd().split("\n").length - ownLines;
  expect(lines >= 40 && lines <= 80, `${lines} lines`).toBe(true);
  expect(
    lossAt100(await run(process.execPath, ["--conditions=@tapegrad/source", "run.ts"], { cwd: place })),
  ).toBeCloseTo(loss, 5);

  const translated = pytorchProgram(recipe);
  expect(translated === undefined).toBe(pytorch === undefined);
  if (translated === undefined || pytorch === undefined) return;
  await writeFile(new URL("run.py", place), translated);
  expect(Math.abs(pytorch - loss)).toBeLessThan(1e-4);
  if (!(await hasTorch)) return;
  const printed = lossAt100(await run(python, ["run.py"], { cwd: place, env: oneThread }));
  expect(Math.abs(printed - pytorch)).toBeLessThan(1e-5);
});

/** Debian's Python, which has PyTorch where `python3-torch` is installed. */
const python = "/usr/bin/python3";
/** The models are so small that PyTorch's threads would mostly wait for each other. */
const oneThread = { ...process.env, OMP_NUM_THREADS: "1" };
const hasTorch = run(python, ["-c", "import torch"]).then(
  () => true,
  () => false,
);

function lossAt100({ stdout }: { readonly stdout: string }): number {
  return Number(/^step 100: (\S+)/m.exec(stdout)?.[1]);
}

test("weights are opened again, with their vocabulary", () => {
  for (const cell of ["RNN", "LSTM", "GRU", "GRU, reset before"] as const) {
    const settings: RunSettings = { ...defaultSettings, cell, layers: 2 };
    const session = new Session(settings);
    const { weights } = session.snapshot();
    const opened = openModel(weightsFile(settings, session.task.output, weights));
    expect(opened.weights).toEqual(weights);
    expect(opened.settings).toEqual({ cell, layers: 2, hidden: 16 });
    expect(opened.vocabulary).toEqual(["e", "h", "l", "o"]);
  }
});
