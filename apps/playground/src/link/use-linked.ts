/** An option of a lens that is part of the link: everybody who reads the same name reads the same value. */
import { computed, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { change, place } from "./address.ts";
import type { Codec } from "./codec.ts";

/** Like a signal, but kept in the address; `initial` is not written there. */
export class Linked<T> {
  readonly #name: string;
  readonly #initial: T;
  readonly #codec: Codec<T>;
  readonly #value: ReadonlySignal<T>;

  constructor(name: string, initial: T, codec: Codec<T>) {
    this.#name = name;
    this.#initial = initial;
    this.#codec = codec;
    const text = computed(() => place.value.get(name));
    this.#value = computed(() => (text.value === null ? initial : (codec.decode(text.value) ?? initial)));
  }

  get value(): T {
    return this.#value.value;
  }

  set value(value: T) {
    const text = this.#codec.encode(value);
    change({ [this.#name]: text === this.#codec.encode(this.#initial) ? undefined : text });
  }

  peek(): T {
    return this.#value.peek();
  }
}

/** @param name as in the link: `temperature` of every lens is one value, `gradients.weight` is a lens's own. */
export function useLinked<T>(name: string, initial: T, codec: Codec<T>): Linked<T> {
  return useMemo(() => new Linked(name, initial, codec), [name]);
}
