/** The place of the open lesson: its code is loaded when a link first names one. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { reportFailure } from "../failure.ts";
import { stepNamed } from "../lenses/lessons/lesson.ts";
import { place } from "../link/address.ts";
import type { Run } from "../run/run.ts";

type LessonModule = typeof import("../lenses/lessons/panel.tsx");

export function LessonPlace({ run }: { readonly run: Run }) {
  const loaded = useSignal<LessonModule | undefined>(undefined);
  const step = stepNamed(place.value.get("lesson") ?? "");
  const isOpen = step !== undefined;
  useEffect(() => {
    if (!isOpen || loaded.peek() !== undefined) return;
    import("../lenses/lessons/panel.tsx").then((module) => {
      loaded.value = module;
    }, reportFailure);
  }, [isOpen]);
  const Panel = loaded.value?.Panel;
  return step === undefined || Panel === undefined ? null : <Panel {...step} run={run} />;
}
