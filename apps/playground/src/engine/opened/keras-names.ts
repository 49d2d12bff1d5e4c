/** Finds the parts of a model by Keras' names, which are paths (`lstm_1/lstm_cell/recurrent_kernel`), and turns them around. */
import { type Entry, fromKeras, type KerasLayer } from "@tapegrad/safetensors";
import { listed, ModelFileError, type Named, type Parts } from "./parts.ts";
import { partsByPyTorchNames } from "./pytorch-names.ts";

const weightName = /^(.*?)(?:\/[^/]*cell[^/]*)?\/(kernel|recurrent_kernel|bias|embeddings)(?::\d+)?$/;
/** Of `recurrent_kernel` [hidden, gates · hidden]. */
const kinds: Readonly<Record<number, "SimpleRNN" | "GRU" | "LSTM">> = { 1: "SimpleRNN", 3: "GRU", 4: "LSTM" };

export function isKeras(tensors: Named): boolean {
  return Array.from(tensors.keys()).some((name) => /\/recurrent_kernel(?::\d+)?$/.test(name));
}

/** @throws ModelFileError as `partsByPyTorchNames`, or for weights of no known kind of layer. */
export function partsByKerasNames(tensors: Named): Parts {
  const layers = new Map<string, Map<string, Entry>>();
  const unknown: string[] = [];
  for (const [name, entry] of tensors) {
    const [, path, weight] = weightName.exec(name) ?? [];
    if (path === undefined || weight === undefined) unknown.push(name);
    else layers.set(path, (layers.get(path) ?? new Map()).set(weight, entry));
  }
  if (unknown.length > 0) throw new ModelFileError(`These are weights of no layer that is known: ${listed(unknown)}.`);
  const order = new Intl.Collator("en", { numeric: true });
  const recurrent = [...layers].filter(([, weights]) => weights.has("recurrent_kernel"));
  const paths = recurrent.map(([path]) => path).toSorted(order.compare);
  const found = new Set(recurrent.map(([path, weights]) => kindOf(path, weights)));
  const [kind, another] = found;
  if (kind === undefined || another !== undefined)
    throw new ModelFileError(
      `The recurrent layers are of several kinds (${listed(found)}); the lenses know one kind per model.`,
    );
  const resets = recurrent.map(([, weights]) => (weights.get("bias")?.shape.length ?? 2) === 2);
  const resetAfter = resets.every(Boolean);
  if (kind === "GRU" && !resetAfter && resets.some(Boolean))
    throw new ModelFileError(
      "Some GRU layers reset after the product and others before it; the lenses know one kind per model.",
    );
  const modules: Record<string, KerasLayer> = {
    layers: { kind, path: paths, ...(kind === "GRU" ? { resetAfter } : {}) },
  };
  for (const [path, weights] of layers) {
    if (weights.has("embeddings")) modules[`${path}.embedding`] = { kind: "Embedding", path };
    else if (!weights.has("recurrent_kernel")) modules[`${path}.head`] = { kind: "Dense", path };
  }
  return partsByPyTorchNames(fromKeras(new Map(tensors), modules), resetAfter ? "GRU" : "GRU, reset before");
}

function kindOf(path: string, weights: ReadonlyMap<string, Entry>): "SimpleRNN" | "GRU" | "LSTM" {
  const [hidden = 0, columns = 0] = weights.get("recurrent_kernel")?.shape ?? [];
  const kind = kinds[columns / hidden];
  if (kind === undefined)
    throw new ModelFileError(`${path}/recurrent_kernel, [${hidden}, ${columns}], is of no RNN, LSTM or GRU.`);
  return kind;
}
