/** Finds the weights of models that were trained elsewhere: those that come with the page, and opened files. */
import type { StartingPoint } from "../engine/protocol.ts";
import type { WeightsOrigin } from "../engine/settings.ts";

/** Of files, by the name that `remember` gave. They are kept while the page is open, so that a run can be rewound. */
const opened = new Map<string, StartingPoint>();

/** Keeps the weights of a file; another file of the same name gets another name. */
export function remember(name: string, weights: StartingPoint["weights"]): WeightsOrigin {
  let unique = name;
  for (let count = 2; opened.has(unique); count++) unique = `${name} (${count})`;
  opened.set(unique, { step: 0, weights });
  return { kind: "file", name: unique };
}

/** Undefined for weights that are drawn from the seed. @throws Error for a file that is not open in this page. */
export async function startingPointOf(origin: WeightsOrigin | undefined): Promise<StartingPoint | undefined> {
  if (origin === undefined) return undefined;
  if (origin.kind === "pretrained") {
    const { pretrainedWeights } = await import("../engine/opened/pretrained.ts");
    return { step: 0, weights: await pretrainedWeights() };
  }
  const found = opened.get(origin.name);
  if (found === undefined)
    throw new Error(`The weights are in the file ${origin.name}: open it again under “Open a model”.`);
  return found;
}
