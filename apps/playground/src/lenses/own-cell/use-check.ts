/** Checks a draft after every change, as soon as the visitor stops typing. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { CellChecker } from "../../engine/sandbox/cell-checker.ts";
import { messageOf } from "../../failure.ts";
import type { Draft } from "./draft.ts";

/** Milliseconds without a key. */
const rest = 300;

export function useCheck({ text, report }: Draft): void {
  const checker = useRef<CellChecker>(undefined);
  useEffect(() => () => checker.current?.close(), []);
  useSignalEffect(() => {
    const source = text.value;
    report.value = undefined;
    let isCurrent = true;
    const timer = setTimeout(async () => {
      checker.current ??= new CellChecker();
      const result = await checker.current
        .check(source)
        .catch((error: unknown) => ({ kind: "broken" as const, message: messageOf(error), line: undefined }));
      if (isCurrent && result !== undefined) report.value = result;
    }, rest);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  });
}
