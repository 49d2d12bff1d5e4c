/** The parts of a recurrent model from a file: the role of each of its tensors, whatever their names. */
import type { Entry } from "@tapegrad/safetensors";
import type { CellName } from "../settings.ts";

export const layerTensors = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] as const;
export type LayerTensor = (typeof layerTensors)[number];

/** In PyTorch's layout; biases may be missing. */
export type LayerParts = Readonly<Partial<Record<LayerTensor, Entry>>>;

export interface ModuleParts {
  readonly weight: Entry;
  readonly bias?: Entry | undefined;
}

export interface Parts {
  /** [characters, numbers]; missing where characters are read one-hot. */
  readonly embedding: Entry | undefined;
  /** From the first on. */
  readonly layers: readonly LayerParts[];
  readonly head: ModuleParts;
  /** The cell with three gates of two kinds that are told apart only by what the file says. */
  readonly gru: Extract<CellName, "GRU" | "GRU, reset before">;
}

/** Tensors by the names that they have in the file. */
export type Named = ReadonlyMap<string, Entry>;

/** What is wrong with a file, as a sentence for the visitor. */
export class ModelFileError extends Error {}

/** At most eight names, for a sentence. */
export function listed(names: Iterable<string>): string {
  const all = [...names];
  return all.slice(0, 8).join(", ") + (all.length > 8 ? `, … (${all.length} in all)` : "");
}

/** `[512, 128]` */
export function shapeText({ shape }: Entry): string {
  return `[${shape.join(", ")}]`;
}
