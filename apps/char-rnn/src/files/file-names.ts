/** The names of a run's checkpoints in their folder: the last, the best, and numbered ones of earlier runs. */
import { basename, dirname, join } from "node:path";

export class FileNames {
  readonly folder: string;
  /** The last state of the run. */
  readonly last: string;
  /** The state that predicted the held-out text best. */
  readonly best: string;
  readonly #prefix: string;

  /** `last` is `model.safetensors`, whose companions have plain names, or a file that the user called otherwise. */
  constructor(last: string) {
    const stem = basename(last).replace(/\.safetensors$/, "");
    this.#prefix = stem === "model" ? "" : `${stem}-`;
    this.folder = dirname(last);
    this.last = last;
    this.best = join(this.folder, `${this.#prefix}best.safetensors`);
  }

  /** Where the last state of the earlier run number `n` is kept: the first one without a number. */
  earlier(n: number): string {
    return join(this.folder, `${this.#prefix}previous${n === 1 ? "" : `-${n}`}.safetensors`);
  }

  /** Where its best state is kept, when that is not the last. */
  earlierBest(n: number): string {
    return this.earlier(n).replace(/\.safetensors$/, "-best.safetensors");
  }

  /** The number of the earlier run that a file of the folder belongs to, undefined for other files. */
  numberOf(name: string): number | undefined {
    if (!name.startsWith(this.#prefix)) return undefined;
    const found = /^previous(?:-(\d+))?(?:-best)?\.safetensors$/.exec(name.slice(this.#prefix.length));
    return found === null ? undefined : Number(found[1] ?? 1);
  }
}

/** The last state of the run that `path` belongs to: `model.safetensors` for `best.safetensors`; any other name for itself. */
export function lastOf(path: string): string {
  const [, prefix] = /^(|.+?-)(?:best|previous(?:-\d+)?(?:-best)?)\.safetensors$/.exec(basename(path)) ?? [];
  if (prefix === undefined) return path;
  return join(dirname(path), `${prefix === "" ? "model" : prefix.slice(0, -1)}.safetensors`);
}
