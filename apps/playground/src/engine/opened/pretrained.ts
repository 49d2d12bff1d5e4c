/** The model that comes with the page; `pretrained/README.md` says how it was trained. It is fetched at its first use. */
import address from "../../../pretrained/jargon-lstm-128.safetensors?url";
import type { StartingPoint } from "../protocol.ts";
import { defaultSettings, type RunSettings } from "../settings.ts";
import { type OpenedModel, openModel } from "./open-model.ts";

const name = "jargon-lstm-128";
let loading: Promise<OpenedModel> | undefined;

/** The settings of a run of it, on text that it was not trained on. */
export async function pretrainedSettings(): Promise<RunSettings> {
  const { settings, vocabulary = [], text = "" } = await load();
  return {
    ...defaultSettings,
    ...settings,
    task: { kind: "text", text, vocabulary },
    learningRate: 0.001,
    weights: { kind: "pretrained", name },
  };
}

export async function pretrainedWeights(): Promise<StartingPoint["weights"]> {
  return (await load()).weights;
}

function load(): Promise<OpenedModel> {
  loading ??= fetchModel();
  // What failed to load is asked for again next time.
  loading.catch(() => {
    loading = undefined;
  });
  return loading;
}

async function fetchModel(): Promise<OpenedModel> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The trained model did not load: ${response.status} ${response.statusText}.`);
  return openModel(new Uint8Array(await response.arrayBuffer()));
}
