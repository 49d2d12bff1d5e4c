/**
 * Weights of Keras models for our modules, and back. Both directions need to be told which Keras layer is which module:
 * Keras names weights by layers (`lstm_1/lstm_cell/kernel`), we by properties (`encoder.weight_ih_l1`).
 */
import { FormatError } from "@tapegrad/core";
import { type Entry, type Named, pairsOf, quote } from "./entry.ts";
import {
  type Conversion,
  dense,
  embedding,
  gru,
  gruResetAfter,
  LayerWeights,
  layerNormalization,
  lstm,
  simpleRNN,
} from "./keras-weights.ts";

/** Where the weights of a Linear, an Embedding or a LayerNorm are in a Keras model. */
export interface KerasFeedForwardLayer {
  readonly kind: "Dense" | "Embedding" | "LayerNormalization";
  /** What Keras' `weight.path` has before the weight's own name: `dense_1` of `dense_1/kernel`. */
  readonly path: string;
}

/** Where the weights of an RNN, an LSTM or a GRU are in a Keras model, whose activations must be Keras' defaults. */
export interface KerasRecurrentLayer {
  readonly kind: "SimpleRNN" | "LSTM" | "GRU";
  /** `lstm` of `lstm/lstm_cell/kernel`; one path for each layer of the module, in order, when there are several. */
  readonly path: string | readonly string[];
  /** Whether `path` is that of a Bidirectional wrapper (with `merge_mode="concat"`, the default). */
  readonly bidirectional?: boolean;
  /** GRU only: Keras' `reset_after`, true by default in both. */
  readonly resetAfter?: boolean;
}

export type KerasLayer = KerasFeedForwardLayer | KerasRecurrentLayer;

/**
 * Our `stateDict`, as host arrays, of a Keras model whose weights are named by their `path` (a trailing `:0` is ignored). Keys
 * of `layers` are paths of modules: `head` for `head.weight`, the empty string for the model itself. Keras has one bias per
 * recurrent layer where we have two; it becomes `bias_ih`, and `bias_hh` is zero.
 * @throws FormatError for a weight that is missing or that `layers` does not account for; ShapeError for one that does not
 * fit its kind of layer.
 */
export function fromKeras(weights: Named<Entry>, layers: Readonly<Record<string, KerasLayer>>): Map<string, Entry> {
  const op = "fromKeras";
  const all = pairsOf(op, weights);
  const used = new Set<string>();
  const converted = new Map<string, Entry>();
  for (const part of partsOf(op, layers)) {
    const found = new Map<string, Entry>();
    for (const [path, entry] of all) {
      const name = localName(path, part);
      if (name === undefined) continue;
      if (found.has(name))
        throw new FormatError(op, `${quote(part.path)} has more than one ${name}`, "give the path of a single layer");
      found.set(name, entry);
      used.add(path);
    }
    const result = part.conversion.fromKeras(new LayerWeights(op, part.path, found));
    for (const [name, entry] of result) converted.set(`${part.prefix}${name}${part.suffix}`, entry);
  }
  refuseUnused(op, all, used);
  return converted;
}

/**
 * The weights of a Keras model, as host arrays by their `path`, from our `stateDict`; `layers` as for `fromKeras`. The two
 * biases of a recurrent layer add up to Keras' one, but for a GRU with `reset_after`, which has both. In Python, with the
 * file's tensors: `for w in model.weights: w.assign(tensors[w.path])`.
 * @throws as `fromKeras` does.
 */
export function toKeras(state: Named<Entry>, layers: Readonly<Record<string, KerasLayer>>): Map<string, Entry> {
  const op = "toKeras";
  const all = new Map(pairsOf(op, state));
  const used = new Set<string>();
  const converted = new Map<string, Entry>();
  for (const { conversion, prefix, suffix, path, wrapped, cell } of partsOf(op, layers)) {
    const found = new Map<string, Entry>();
    for (const name of conversion.ours) {
      const full = `${prefix}${name}${suffix}`;
      const entry = all.get(full);
      if (entry === undefined) continue;
      found.set(name, entry);
      used.add(full);
    }
    const result = conversion.toKeras(new LayerWeights(op, `${prefix}*${suffix}`, found));
    for (const [name, entry] of result) {
      const names = [path, wrapped, cell, name].filter((part) => part !== undefined);
      converted.set(names.join("/"), entry);
    }
  }
  refuseUnused(op, all, used);
  return converted;
}

/** One set of weights: a layer, or one direction of one layer of a recurrent module. */
interface Part {
  readonly conversion: Conversion;
  /** Around the names of our weights. */
  readonly prefix: string;
  readonly suffix: string;
  /** Before the names of Keras' weights, then the wrapped layer and the cell, by their default names. */
  readonly path: string;
  readonly wrapped?: string | undefined;
  readonly cell?: string;
}

function partsOf(op: string, layers: Readonly<Record<string, KerasLayer>>): Part[] {
  return pairsOf(op, layers).flatMap(([module, layer]): Part[] => {
    const prefix = module === "" ? "" : `${module}.`;
    const conversion = conversionOf(op, module, layer);
    if (!isRecurrent(layer)) return [{ conversion, prefix, suffix: "", path: layer.path }];
    const name = layer.kind === "SimpleRNN" ? "simple_rnn" : layer.kind.toLowerCase();
    const directions = layer.bidirectional === true ? ["forward", "backward"] : [undefined];
    return [layer.path].flat().flatMap((path, index) =>
      directions.map((direction) => ({
        conversion,
        prefix,
        suffix: `_l${index}${direction === "backward" ? "_reverse" : ""}`,
        path,
        wrapped: direction && `${direction}_${name}`,
        cell: `${name}_cell`,
      })),
    );
  });
}

function isRecurrent(layer: KerasLayer): layer is KerasRecurrentLayer {
  return layer.kind === "SimpleRNN" || layer.kind === "LSTM" || layer.kind === "GRU";
}

function conversionOf(op: string, module: string, layer: KerasLayer): Conversion {
  switch (layer.kind) {
    case "Dense":
      return dense;
    case "Embedding":
      return embedding;
    case "LayerNormalization":
      return layerNormalization;
    case "SimpleRNN":
      return simpleRNN;
    case "LSTM":
      return lstm;
    case "GRU":
      return layer.resetAfter === false ? gru : gruResetAfter;
    default:
      throw new FormatError(
        op,
        `no such kind of layer for ${quote(module)}: ${String(Object(layer).kind)}`,
        "use Dense, Embedding, LayerNormalization, SimpleRNN, LSTM or GRU",
      );
  }
}

/**
 * The weight's own name when `path` is that of a weight of `part`. Wrapped layers and cells may have any name that Keras
 * numbers them with: `bidirectional/forward_lstm_3/lstm_cell_7/kernel`.
 */
function localName(path: string, { path: layer, wrapped, cell, conversion }: Part): string | undefined {
  if (!path.startsWith(`${layer}/`)) return undefined;
  const names = path
    .slice(layer.length + 1)
    .replace(/:\d+$/, "")
    .split("/");
  const direction = wrapped === undefined ? undefined : names.shift()?.split("_")[0];
  if (wrapped?.split("_")[0] !== direction) return undefined;
  if (cell !== undefined && names.length > 1) names.shift();
  const [name] = names;
  return names.length === 1 && name !== undefined && conversion.keras.includes(name) ? name : undefined;
}

function refuseUnused(op: string, all: Iterable<readonly [string, Entry]>, used: ReadonlySet<string>): void {
  const unused = Array.from(all, ([name]) => name).filter((name) => !used.has(name));
  if (unused.length === 0) return;
  const list = unused.slice(0, 5).map(quote).join(", ") + (unused.length > 5 ? `, … (${unused.length} in all)` : "");
  throw new FormatError(op, `weights of no layer: ${list}`, "describe their layers, or leave them out");
}
