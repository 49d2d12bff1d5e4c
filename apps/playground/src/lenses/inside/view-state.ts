/** The visitor's position in the lens, and the held value: a part of the link. */
import { type Signal, signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import type { ValueName } from "../../engine/gates.ts";
import { flags, oneOf } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import type { Run } from "../../run/run.ts";
import { useAnswer } from "../../run/use-answer.ts";
import type { Inside, InsideStep } from "./answer.ts";
import type { Held } from "./answer-course.ts";
import { heldCodec, valueNames } from "./held-codec.ts";

/** Each level is inside the one before; the presets stand beside them. */
export const levels = ["chain", "step", "gate", "tape"] as const;
export const presets = ["forgetting", "grus"] as const;
export type View = (typeof levels)[number] | (typeof presets)[number];

export function useView() {
  return useLinked<View>("inside.view", "chain", oneOf<View>([...levels, ...presets]));
}

export function useValue() {
  return useLinked("inside.value", "h", oneOf(valueNames));
}

/** Whether a value is held of all units, or of the chosen one. */
export function useAllUnits() {
  return useLinked("inside.all", false, flags);
}

export function useHeld() {
  return useLinked<Held | undefined>("inside.held", undefined, heldCodec);
}

/** What of `held` counts for the step that is looked at. */
export function heldAt(held: Held | undefined, inside: Inside | undefined, layer: number): Held | undefined {
  if (held === undefined || inside?.isHeld !== true) return undefined;
  return held.position === inside.start + inside.time && held.layer === layer ? held : undefined;
}

const shown = new WeakMap<Run, Signal<Inside | undefined>>();

/** What the lens shows of a run, for its explanation: the same numbers, asked once. */
export function shownOf(run: Run): Signal<Inside | undefined> {
  const kept = shown.get(run) ?? signal<Inside | undefined>(undefined);
  shown.set(run, kept);
  return kept;
}

/** The passage around the cursor, and the step at it, with what is held. */
export function useInside(run: Run) {
  const { layer, unit } = run.unit.value;
  const asked = useAnswer(run, "inside", { position: run.cursor.value, layer, unit, held: useHeld().value });
  useLayoutEffect(() => {
    shownOf(run).value = asked.answer;
  }, [run, asked.answer]);
  return asked;
}

/** The value that is looked at, or h where the cell has none of that name. */
export function nameIn({ values }: InsideStep, wanted: ValueName): ValueName {
  return values[wanted] === undefined ? "h" : wanted;
}
