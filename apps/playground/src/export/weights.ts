/** Files of weights: a run's Parameters under PyTorch's names, its vocabulary beside them. "Open a model" reads them again. */
import { type Entry, encode } from "@tapegrad/safetensors";
import type { NamedArray } from "../engine/protocol.ts";
import type { RunSettings } from "../engine/settings.ts";
import type { Elements } from "../engine/tasks/task.ts";
import { pytorchName } from "./names.ts";
import { hasText, type Recipe } from "./recipe.ts";

export type NamedArrays = Readonly<Record<string, NamedArray>>;

/** `others` keep their names. */
export function weightsFile(
  settings: RunSettings,
  output: Elements,
  weights: NamedArrays,
  others: NamedArrays = {},
): Uint8Array<ArrayBuffer> {
  const named = Object.entries(weights).map(([name, array]) => [pytorchName(name, settings), entryOf(array)] as const);
  const rest = Object.entries(others).map(([name, array]) => [name, entryOf(array)] as const);
  return new Uint8Array(
    encode(Object.fromEntries([...named, ...rest]), {
      cell: settings.cell,
      ...(output.kind === "tokens" ? { vocabulary: JSON.stringify(output.vocabulary) } : {}),
    }),
  );
}

function entryOf({ shape, data }: NamedArray): Entry {
  return { shape, data, dtype: data instanceof Int32Array ? "int32" : "float32" };
}

/** What lies beside a program: the weights that training begins with, and the data where they are no text. */
export function besideFile(recipe: Recipe): Uint8Array<ArrayBuffer> {
  const { settings, summary, start } = recipe;
  const { inputs, targets, weights } = start;
  return weightsFile(settings, summary.output, weights, hasText(recipe) ? {} : { inputs, targets });
}
