/** Copies the parts of a file's model into the page's own model, and derives the settings of that model. */
import type { Entry } from "@tapegrad/safetensors";
import type { NamedArray } from "../protocol.ts";
import type { CellName, RunSettings } from "../settings.ts";
import { type LayerParts, ModelFileError, type Parts, shapeText } from "./parts.ts";

export type ModelSettings = Pick<RunSettings, "cell" | "layers" | "hidden" | "architecture">;

export interface Fitted {
  readonly settings: ModelSettings;
  /** How many characters the model knows. */
  readonly characters: number;
  /** By the names of `SequenceModel`. */
  readonly weights: Readonly<Record<string, NamedArray>>;
  /** Biases that the file does not have: they are zeros here. */
  readonly absent: readonly string[];
}

/** @throws ModelFileError for the first tensor whose shape does not fit the others, or whose values are no numbers. */
export function fit({ embedding, layers, head, gru }: Parts): Fitted {
  const [characters = 0] = head.weight.shape;
  const hidden = layers[0]?.weight_hh?.shape[1] ?? 0;
  const gates = (layers[0]?.weight_hh?.shape[0] ?? 0) / hidden;
  const cell = ({ 1: "RNN", 3: gru, 4: "LSTM" } satisfies Record<number, CellName> as Record<number, CellName>)[gates];
  if (cell === undefined)
    throw new ModelFileError(
      `weight_hh of the first layer is ${layers[0]?.weight_hh === undefined ? "missing" : shapeText(layers[0].weight_hh)}; an RNN, a GRU or an LSTM has 1, 3 or 4 times as many rows as columns.`,
    );
  const width = embedding?.shape[1] ?? 0;
  const weights: Record<string, NamedArray> = {};
  const absent: string[] = [];
  const place = (name: string, entry: Entry | undefined, shape: readonly number[]) => {
    if (entry === undefined && name.includes("bias")) absent.push(name);
    weights[name] = entry === undefined && name.includes("bias") ? zeros(shape) : arrayOf(name, entry, shape);
  };
  if (embedding !== undefined) place("embedding.weight", embedding, [characters, width]);
  for (const [index, layer] of layers.entries()) {
    const input = index > 0 ? hidden : embedding === undefined ? characters : width;
    placeLayer(place, `layers.${index}.cell`, layer, gates * hidden, input, hidden);
  }
  place("head.weight", head.weight, [characters, hidden]);
  place("head.bias", head.bias, [characters]);
  const settings = {
    cell,
    layers: layers.length,
    hidden,
    ...(width === hidden ? {} : { architecture: { embedding: width } }),
  };
  return { settings, characters, weights, absent };
}

function placeLayer(
  place: (name: string, entry: Entry | undefined, shape: readonly number[]) => void,
  name: string,
  layer: LayerParts,
  rows: number,
  input: number,
  hidden: number,
): void {
  place(`${name}.weight_ih`, layer.weight_ih, [rows, input]);
  place(`${name}.weight_hh`, layer.weight_hh, [rows, hidden]);
  place(`${name}.bias_ih`, layer.bias_ih, [rows]);
  place(`${name}.bias_hh`, layer.bias_hh, [rows]);
}

function zeros(shape: readonly number[]): NamedArray {
  return { shape, data: new Float32Array(shape.reduce((size, length) => size * length, 1)) };
}

function arrayOf(name: string, entry: Entry | undefined, shape: readonly number[]): NamedArray {
  if (entry === undefined) throw new ModelFileError(`The file has nothing for ${name}.`);
  if (entry.shape.join() !== shape.join())
    throw new ModelFileError(
      `Shapes that do not fit: what stands for ${name} is ${shapeText(entry)}, and the other tensors ask for [${shape.join(", ")}].`,
    );
  const data = Float32Array.from(entry.data);
  if (!data.every(Number.isFinite)) throw new ModelFileError(`${name} has values that are no finite numbers.`);
  return { shape, data };
}
