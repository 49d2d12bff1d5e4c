/** Keeps the files of earlier runs in a folder, under numbers that only grow, so that nothing that a run saved is ever lost. */
import { basename, join } from "node:path";
import {
  CommandError,
  type FileSystem,
  type Identity,
  ifThere,
  linkAside,
  removeFile,
  sameFile,
} from "@tapegrad/command-line";
import type { FileNames } from "./file-names.ts";

/** What lies at the two names of a run. */
interface Found {
  readonly last: Identity | undefined;
  readonly best: Identity | undefined;
}

/** Gives what lies at the names of a run and is not its `own` a numbered name. Returns what is its own. */
export async function setAside(
  names: FileNames,
  own: Found,
  fs: FileSystem,
  say: (line: string) => void,
): Promise<Found> {
  const { folder } = names;
  const [last, best] = [await foundAt(names.last, fs), await foundAt(names.best, fs)];
  const foreignLast = last !== undefined && !sameFile(last, own.last);
  const foreignBest = best !== undefined && !sameFile(best, own.best);
  const left = { last: foreignLast ? undefined : last, best: foreignBest ? undefined : best };
  if (!foreignLast && !foreignBest) return left;
  const earlier = await earlierNames(names, fs);
  const kept = await Promise.all(earlier.map((name) => ifThere(fs.stat(join(folder, name)))));
  const isKept = (found: Identity) => kept.some((other) => sameFile(found, other));
  const n = 1 + Math.max(0, ...earlier.map((name) => names.numberOf(name) ?? 0));
  if (foreignLast && !isKept(last)) {
    await linkAside(names.last, names.earlier(n), fs);
    say(`the earlier run in ${folder} is kept as ${basename(names.earlier(n))}`);
  }
  if (!foreignBest) return left;
  if (!sameFile(best, last) && !isKept(best)) {
    await linkAside(names.best, names.earlierBest(n), fs);
    say(`the best of an earlier run in ${folder} is kept as ${basename(names.earlierBest(n))}`);
  }
  await removeFile(names.best, fs);
  return left;
}

/** The names of what earlier runs left, by number. */
export async function earlierNames(names: FileNames, fs: FileSystem): Promise<string[]> {
  const number = (name: string) => names.numberOf(name);
  const found = (await fs.readdir(names.folder)).filter((name) => number(name) !== undefined);
  return found.sort((a, b) => (number(a) ?? 0) - (number(b) ?? 0) || a.length - b.length);
}

async function foundAt(path: string, fs: FileSystem): Promise<Identity | undefined> {
  const found = await ifThere(fs.stat(path));
  if (found !== undefined && !found.isFile()) throw new CommandError(`${path} is not a file`);
  return found;
}
