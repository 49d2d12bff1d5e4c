/** A run as names and values of a link, and back: sizes can be read and changed by hand, data are compressed. */
import { cellNames, defaultSettings, type RunSettings } from "../engine/settings.ts";
import type { EarlierRate } from "../run/run.ts";
import { type Codec, counts, listOf, numbers, oneOf } from "./codec.ts";
import { compress, decompress } from "./compress.ts";

export interface LinkedRun {
  readonly settings: RunSettings;
  /** Learning rates before that of the settings. */
  readonly rates?: readonly EarlierRate[];
  readonly step: number;
  readonly cursor: number;
  /** The layer and the unit. */
  readonly unit: readonly [layer: number, unit: number];
}

/** What a link says. */
export interface ReadLink {
  /** With defaults for what the link does not name, or could not say. */
  readonly run: LinkedRun;
  /** Whether it names any part of a run. */
  readonly namesRun: boolean;
  /** The names whose values could not be read. */
  readonly bad: readonly string[];
}

type PlainName = "cell" | "layers" | "hidden" | "learningRate" | "clip" | "window" | "seed";

interface Column<T> {
  /** In the link. */
  readonly name: string;
  readonly codec: Codec<T>;
}

const columns: { readonly [Name in PlainName]: Column<RunSettings[Name]> } = {
  cell: { name: "cell", codec: oneOf(cellNames) },
  layers: { name: "layers", codec: within(counts, 1, 8) },
  hidden: { name: "units", codec: within(counts, 1, 1024) },
  learningRate: { name: "rate", codec: within(numbers, 0, 10) },
  clip: { name: "clip", codec: within(numbers, 0, 1e9) },
  window: { name: "window", codec: within(counts, 0, 4096) },
  seed: { name: "seed", codec: within(counts, 0, 2 ** 31 - 1) },
};
/** `0.02@300,0.005` is 0.02 until step 300, and then 0.005. */
const earlierRates: Codec<EarlierRate> = {
  encode: ({ rate, until }) => `${rate}@${until}`,
  decode: (text) => {
    const [rate, until] = text.split("@").map(numbers.decode);
    return rate === undefined || until === undefined ? undefined : { rate, until };
  },
};
const pair = listOf(counts);
/** Everything else that settings have, as JSON: the task with its text or numbers, a cell's source. */
const data = "data";

/** The names of a link that are a run's. */
const runNames: readonly string[] = [
  ...Object.values(columns).map(({ name }) => name),
  ...[data, "step", "cursor", "unit"],
];

/** Characters of data that a link may have: browsers slow down, and other programs cut what is much longer. */
export const longestData = 100_000;

/** Takes a run out of a link: one whose data are too long for it. */
export const noRun: Readonly<Record<string, undefined>> = Object.fromEntries(runNames.map((name) => [name, undefined]));

export function fitsLink(names: Readonly<Record<string, string>>): boolean {
  return (names[data]?.length ?? 0) <= longestData;
}

/** What settings have once been compressed to. */
const packedData = new WeakMap<RunSettings, Promise<string>>();

/** The parameters that `readRun` reads as this run. */
export async function writeRun({
  settings,
  rates = [],
  step,
  cursor,
  unit,
}: LinkedRun): Promise<Record<string, string>> {
  const { cell, layers, hidden, learningRate, clip, window, seed, ...rest } = settings;
  const packed = packedData.get(settings) ?? compress(JSON.stringify(rest));
  packedData.set(settings, packed);
  const plain = { cell, layers, hidden, learningRate, clip, window, seed };
  return {
    ...Object.fromEntries(plainNames().map((name) => [columns[name].name, String(plain[name])])),
    [columns.learningRate.name]: [...rates.map(earlierRates.encode), learningRate].join(","),
    [data]: await packed,
    step: String(step),
    cursor: String(cursor),
    unit: pair.encode(unit),
  };
}

export async function readRun(link: URLSearchParams): Promise<ReadLink> {
  const bad: string[] = [];
  function read<T>({ name, codec }: Column<T>, initial: T, text = link.get(name)): T {
    const value = text === null ? initial : codec.decode(text);
    if (value === undefined) bad.push(name);
    return value ?? initial;
  }
  const field = <Name extends PlainName>(name: Name) => read<RunSettings[Name]>(columns[name], defaultSettings[name]);
  const { learningRate } = columns;
  const [rate = null, ...earlier] = link.get(learningRate.name)?.split(",").toReversed() ?? [];
  const rates = read({ ...learningRate, codec: listOf(earlierRates) }, [], earlier.toReversed().join(","));
  const packed = link.get(data);
  const rest = packed === null ? {} : await readData(packed);
  if (rest === undefined) bad.push(data);
  const [layer = 0, unit = 0] = read<readonly number[]>({ name: "unit", codec: pair }, []);
  return {
    run: {
      settings: {
        ...defaultSettings,
        ...rest,
        cell: field("cell"),
        layers: field("layers"),
        hidden: field("hidden"),
        learningRate: read(learningRate, defaultSettings.learningRate, rate),
        clip: field("clip"),
        window: field("window"),
        seed: field("seed"),
      },
      ...(rates.length > 0 && { rates }),
      step: read({ name: "step", codec: counts }, 0),
      cursor: read({ name: "cursor", codec: counts }, 0),
      unit: [layer, unit],
    },
    namesRun: runNames.some((name) => link.has(name)),
    bad,
  };
}

/** The one cast: what a link's JSON says of a task is judged by the engine, which refuses what it cannot make. */
async function readData(packed: string): Promise<Partial<RunSettings> | undefined> {
  const json = await decompress(packed);
  if (json === undefined) return undefined;
  try {
    const rest: unknown = JSON.parse(json);
    const isSettings = typeof rest === "object" && rest !== null && "task" in rest && isTask(rest.task);
    return isSettings ? (rest as Partial<RunSettings>) : undefined;
  } catch {
    // No JSON: the caller says so.
    return undefined;
  }
}

/** The one other cast: an object's keys by its type. */
function plainNames(): readonly PlainName[] {
  return Object.keys(columns) as PlainName[];
}

function within({ encode, decode }: Codec<number>, from: number, to: number): Codec<number> {
  return {
    encode,
    decode: (text) => {
      const value = decode(text);
      return value === undefined || value < from || value > to ? undefined : value;
    },
  };
}

function isTask(task: unknown): boolean {
  return typeof task === "object" && task !== null && "kind" in task && typeof task.kind === "string";
}
