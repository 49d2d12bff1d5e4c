/** The current width of an element, in pixels. Pictures are drawn for it, so that their text keeps its size. */
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { useSize } from "./use-size.ts";

export function useWidth(): { readonly ref: RefObject<HTMLElement | null>; readonly width: number } {
  const ref = useRef<HTMLElement>(null);
  const { width } = useSize(ref);
  return { ref, width };
}
