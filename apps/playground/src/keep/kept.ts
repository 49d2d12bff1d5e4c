/**
 * The part of the visitor's work that this browser keeps, in IndexedDB. Each record has the number of its format; a record of
 * another format is ignored. Where there is no IndexedDB (a private window, a frame without storage) nothing is kept, and all
 * else works.
 */
import { signal } from "@preact/signals";
import { createStore, get, set, type UseStore } from "idb-keyval";

/** Grows with every change of what is kept. */
const format = 1;

/** Whether this browser refused to keep something. */
export const keepsNothing = signal(false);

let store: UseStore | undefined;

interface Kept<T> {
  readonly format: number;
  readonly value: T;
}

/** Undefined where nothing is kept, or in another format. */
export async function recall<T>(name: string): Promise<T | undefined> {
  const kept = await attempt((where) => get<Kept<T>>(name, where));
  return kept?.format === format ? kept.value : undefined;
}

export async function keep<T>(name: string, value: T): Promise<void> {
  const kept: Kept<T> = { format, value };
  await attempt((where) => set(name, kept, where));
}

async function attempt<T>(action: (where: UseStore) => Promise<T>): Promise<T | undefined> {
  try {
    store ??= createStore("tapegrad-playground", "kept");
    return await action(store);
  } catch {
    // A browser that keeps nothing is no failure: the page says so where it offers links instead.
    keepsNothing.value = true;
    return undefined;
  }
}
