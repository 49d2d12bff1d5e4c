/**
 * Finds the parts of a model by PyTorch's names, whatever the modules are called: `encoder.weight`, `lstm.weight_ih_l0`,
 * `rnn2.bias_hh_l0`, `fc.weight`; also cells on their own (`layers.0.cell.weight_ih`). Where names leave a choice, shapes decide.
 */
import type { Entry } from "@tapegrad/safetensors";
import {
  type LayerParts,
  type LayerTensor,
  layerTensors,
  listed,
  ModelFileError,
  type ModuleParts,
  type Named,
  type Parts,
} from "./parts.ts";

const recurrentName = new RegExp(`^(.*?)(${layerTensors.join("|")})(?:_l(\\d+))?$`);
const moduleName = /^(?:(.*)\.)?(weight|bias)$/;
const embeddingNames = /(?:^|[._])(?:\w*emb\w*|encoder|wte|lookup)$/i;
const headNames =
  /(?:^|[._])(?:fc\d*|decoder|\w*head|linear\d*|out|output|h2o|proj\w*|classifier|dense|logits|hidden2\w+)$/i;

/** @throws ModelFileError naming what is missing, what is there twice, or what has no place in such a model. */
export function partsByPyTorchNames(tensors: Named, gru: Parts["gru"]): Parts {
  const { layers, rest } = recurrentLayers(tensors);
  const [first] = layers;
  const modules = modulesOf(rest);
  const [inputWidth, hidden] = [first?.weight_ih?.shape[1], first?.weight_hh?.shape[1]];
  const fitsHead = ({ weight }: ModuleParts) => weight.shape.length === 2 && weight.shape[1] === hidden;
  const fitsEmbedding = ({ weight, bias }: ModuleParts) =>
    weight.shape.length === 2 && weight.shape[1] === inputWidth && bias === undefined;
  const head = choose(
    "an output layer",
    headNames,
    modules,
    (name, module) => fitsHead(module) && !(modules.size > 1 && fitsEmbedding(module) && embeddingNames.test(name)),
  );
  if (head === undefined)
    throw new ModelFileError(
      `No output layer: no weight has ${hidden} columns, one for each unit. The file has ${listed(tensors.keys())}.`,
    );
  modules.delete(head.name);
  const embedding = choose("an embedding", embeddingNames, modules, (_, module) => fitsEmbedding(module));
  if (embedding !== undefined) modules.delete(embedding.name);
  if (modules.size > 0)
    throw new ModelFileError(
      `A model of this page has an embedding, recurrent layers and an output layer; these have no place in it: ${listed(modules.keys())}.`,
    );
  return { embedding: embedding?.module.weight, layers, head: head.module, gru };
}

/** The layers in order, and the tensors that are of none. */
function recurrentLayers(tensors: Named): { layers: readonly LayerParts[]; rest: Map<string, Entry> } {
  const stacks = new Map<string, Map<string, Partial<Record<LayerTensor, Entry>>>>();
  const rest = new Map<string, Entry>();
  for (const [name, entry] of tensors) {
    if (/weight_hr|_reverse$/.test(name))
      throw new ModelFileError(
        `${name} is of a layer that ${name.endsWith("_reverse") ? "also reads backwards" : "projects its state"}, which the lenses do not know.`,
      );
    const [, prefix = "", part, layer = ""] = recurrentName.exec(name) ?? [];
    const kind = layerTensors.find((known) => known === part);
    if (kind === undefined) {
      rest.set(name, entry);
      continue;
    }
    // `lstm1.` and `lstm2.`, or `layers.0.cell.` and `layers.1.cell.`, are layers of one stack.
    const stack = prefix.replaceAll(/\d+/g, "#");
    const place = [...(prefix.match(/\d+/g) ?? []), layer].join(".");
    const places = stacks.get(stack) ?? new Map<string, Partial<Record<LayerTensor, Entry>>>();
    stacks.set(stack, places.set(place, { ...places.get(place), [kind]: entry }));
  }
  const [layers, another] = stacks.values();
  if (layers === undefined)
    throw new ModelFileError(
      `No recurrent layer: no name ends in weight_ih_l0, as those of PyTorch's RNN, LSTM and GRU do. The file has ${listed(tensors.keys())}.`,
    );
  if (another !== undefined)
    throw new ModelFileError(`Two candidates for the recurrent layers: ${listed([...stacks.keys()].map(nameless))}.`);
  const order = new Intl.Collator("en", { numeric: true });
  const sorted = [...layers].toSorted(([a], [b]) => order.compare(a, b));
  return { layers: sorted.map(([, parts]) => parts), rest };
}

function nameless(stack: string): string {
  return stack === "" ? "(no name)" : stack.replace(/\.$/, "");
}

/** By module; a bias without a weight stands for itself, so that it is named as what has no place. */
function modulesOf(tensors: Named): Map<string, ModuleParts> {
  const modules = new Map<string, ModuleParts>();
  for (const [name, entry] of tensors) {
    const [, module, part] = moduleName.exec(name) ?? [];
    const bias = module === undefined ? undefined : tensors.get(`${module}.bias`);
    if (part === "weight") modules.set(module ?? "", { weight: entry, bias });
    else if (part === undefined || !tensors.has(module === undefined ? "weight" : `${module}.weight`))
      modules.set(name, { weight: entry });
  }
  return modules;
}

/** The one module that fits; of several, the one that is called so. @throws ModelFileError when that leaves several. */
function choose(
  what: string,
  names: RegExp,
  modules: ReadonlyMap<string, ModuleParts>,
  fits: (name: string, module: ModuleParts) => boolean,
): { name: string; module: ModuleParts } | undefined {
  const fitting = Array.from(modules, ([name, module]) => ({ name, module })).filter(({ name, module }) =>
    fits(name, module),
  );
  const called = fitting.length > 1 ? fitting.filter(({ name }) => names.test(name)) : fitting;
  const left = called.length === 0 ? fitting : called;
  if (left.length > 1)
    throw new ModelFileError(`Two candidates for ${what}: ${listed(left.map(({ name }) => `${name}.weight`))}.`);
  return left[0];
}
