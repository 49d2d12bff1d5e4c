/** The width of an element in CSS pixels, as it changes. */
import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export function useWidth<E extends Element>(
  initial: number,
): { ref: RefObject<E | null>; width: ReadonlySignal<number> } {
  const ref = useRef<E>(null);
  const width = useSignal(initial);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    width.value = element.clientWidth;
    // In a frame of its own: a change of layout inside the observer would be reported as an error.
    const observer = new ResizeObserver(() =>
      requestAnimationFrame(() => {
        width.value = element.clientWidth;
      }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}
