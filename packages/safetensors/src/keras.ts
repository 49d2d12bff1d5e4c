/**
 * Loads weights of Keras models into our modules, and back. Both directions take a map from Keras layers to modules: Keras
 * names weights by layers (`lstm_1/lstm_cell/kernel`), we by properties (`encoder.weight_ih_l1`).
 */
import { FormatError, Tensor } from "@tapegrad/core";
import { checkBoolean, describeValue, optionsOf } from "@tapegrad/core/internal";
import { checkEntry } from "./check-entry.ts";
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
  readonly bidirectional?: boolean | undefined;
  /**
   * For `toKeras`, the names of the layers inside Bidirectional wrappers, one for each path. By default those that Keras gives
   * to the layers of one model in the order of `layers`: `lstm`, `lstm_1`, …, each kind counted by itself.
   */
  readonly wrapped?: string | readonly string[] | undefined;
  /** GRU only: Keras' `reset_after`, true by default in both. */
  readonly resetAfter?: boolean | undefined;
}

/** Which layer of a Keras model a module is. */
export type KerasLayer = KerasFeedForwardLayer | KerasRecurrentLayer;

/**
 * Our `stateDict`, as host arrays, of a Keras model whose weights are named by their `path` (a trailing `:0` is ignored). Keys
 * of `layers` are paths of modules: `head` for `head.weight`, the empty string for the model itself. Keras has one bias per
 * recurrent layer where we have two; it becomes `bias_ih`, and `bias_hh` is zero.
 * @throws FormatError for a weight that is missing or that `layers` does not account for; ShapeError for one that does not
 * fit its kind of layer.
 * @example
 * import { fromKeras, toTensors } from "tapegrad";
 * const weights = {
 *   "dense/kernel": { dtype: "float32", shape: [1, 2], data: Float32Array.of(3, 4) },
 *   "dense/bias": { dtype: "float32", shape: [2], data: new Float32Array(2) },
 * } as const;
 * const state = toTensors(fromKeras(weights, { head: { kind: "Dense", path: "dense" } }));
 * console.log(Object.keys(state), state["head.weight"]?.shape); // → [ 'head.weight', 'head.bias' ] [ 2, 1 ]
 */
export function fromKeras(weights: Named<Entry>, layers: Readonly<Record<string, KerasLayer>>): Map<string, Entry> {
  const op = "fromKeras";
  const all = entriesOf(op, weights);
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
 * @example
 * import { Linear, toEntries, toKeras } from "tapegrad";
 * const state = await toEntries(new Linear(3, 2).stateDict());
 * const weights = toKeras(state, { "": { kind: "Dense", path: "dense" } });
 * console.log([...weights].map(([path, { shape }]) => `${path} ${shape}`)); // → [ 'dense/kernel 3,2', 'dense/bias 2' ]
 */
export function toKeras(state: Named<Entry>, layers: Readonly<Record<string, KerasLayer>>): Map<string, Entry> {
  const op = "toKeras";
  const all = new Map(entriesOf(op, state));
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
      const full = [path, wrapped, cell, name].filter((part) => part !== undefined).join("/");
      if (converted.has(full))
        throw new FormatError(op, `two layers have the weight ${quote(full)}`, "give each layer a path of its own");
      converted.set(full, entry);
    }
  }
  refuseUnused(op, all, used);
  return converted;
}

/** Host arrays by name. @throws FormatError, DTypeError, ShapeError for anything else, such as tensors. */
function entriesOf(op: string, named: Named<Entry>): [string, Entry][] {
  const pairs = pairsOf(op, named);
  for (const [name, entry] of pairs) {
    if (entry instanceof Tensor)
      throw new FormatError(
        op,
        `${quote(name)} is a tensor, not a host array`,
        "convert all with await toEntries(state)",
      );
    checkEntry(op, name, entry);
  }
  return pairs;
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

const recurrentOptions = {
  kind: true,
  path: true,
  bidirectional: checkBoolean,
  resetAfter: checkBoolean,
  wrapped: true,
} as const;

function partsOf(op: string, layers: Readonly<Record<string, KerasLayer>>): Part[] {
  const made = new Map<string, number>();
  return pairsOf(op, layers).flatMap(([module, layer]): Part[] => {
    const { name, conversion } = kindOfLayer(op, module, layer);
    const prefix = module === "" ? "" : `${module}.`;
    if (!isRecurrent(layer)) {
      optionsOf(op, layer, { kind: true, path: true });
      return [{ conversion, prefix, suffix: "", path: pathOf(op, module, layer.path) }];
    }
    optionsOf(op, layer, recurrentOptions);
    const directions = layer.bidirectional === true ? ["forward", "backward"] : [undefined];
    const paths = [layer.path].flat();
    const names = layer.wrapped === undefined ? undefined : [layer.wrapped].flat();
    if (paths.length === 0 || (names !== undefined && names.length !== paths.length)) {
      const given = `${paths.length} paths, ${names?.length ?? "no"} wrapped layers`;
      throw new FormatError(
        op,
        `${quote(module)} has ${given}`,
        "give a path for each layer, and as many wrapped layers",
      );
    }
    return paths.flatMap((path, index) => {
      const wrapped = pathOf(op, module, names?.[index] ?? nextName(made, name));
      return directions.map((direction) => ({
        conversion,
        prefix,
        suffix: `_l${index}${direction === "backward" ? "_reverse" : ""}`,
        path: pathOf(op, module, path),
        wrapped: direction && `${direction}_${wrapped}`,
        cell: `${name}_cell`,
      }));
    });
  });
}

/** Keras' default name of the next layer of a kind: `lstm`, `lstm_1`, … in the order in which a model makes them. */
function nextName(made: Map<string, number>, name: string): string {
  const before = made.get(name) ?? 0;
  made.set(name, before + 1);
  return before === 0 ? name : `${name}_${before}`;
}

function pathOf(op: string, module: string, path: string): string {
  if (typeof path === "string" && path !== "") return path;
  throw new FormatError(
    op,
    `${quote(module)} has a path that is not one: ${describeValue(path)}`,
    'give what Keras\' weight.path has before "kernel", as in "dense_1"',
  );
}

function isRecurrent(layer: KerasLayer): layer is KerasRecurrentLayer {
  return layer.kind === "SimpleRNN" || layer.kind === "LSTM" || layer.kind === "GRU";
}

/** What Keras calls a layer of each kind by default, and how its weights are converted. */
const kinds: Readonly<Record<KerasLayer["kind"], { readonly name: string; readonly conversion: Conversion }>> = {
  Dense: { name: "dense", conversion: dense },
  Embedding: { name: "embedding", conversion: embedding },
  LayerNormalization: { name: "layer_normalization", conversion: layerNormalization },
  SimpleRNN: { name: "simple_rnn", conversion: simpleRNN },
  LSTM: { name: "lstm", conversion: lstm },
  GRU: { name: "gru", conversion: gruResetAfter },
};

function kindOfLayer(op: string, module: string, layer: KerasLayer) {
  if (!Object.hasOwn(kinds, layer.kind)) {
    throw new FormatError(
      op,
      `no such kind of layer for ${quote(module)}: ${String(layer.kind)}`,
      `use ${Object.keys(kinds).join(", ")}`,
    );
  }
  const kind = kinds[layer.kind];
  return layer.kind === "GRU" && layer.resetAfter === false ? { ...kind, conversion: gru } : kind;
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
