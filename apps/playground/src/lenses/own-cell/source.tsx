/** The editor as a part of the page: its code loads when it is first shown, and until then the source can be read. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { reportFailure } from "../../failure.ts";
import { ownCellTexts as texts } from "../../texts/own-cell.ts";
import type { Draft } from "./draft.ts";
import type { Editor } from "./editor.ts";

export interface SourceProps {
  readonly draft: Draft;
  /** Hears of the editor when it is there. */
  readonly onEditor: (editor: Editor | undefined) => void;
}

export function Source({ draft, onEditor }: SourceProps) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(undefined);
  useEffect(() => {
    let isGone = false;
    import("./editor.ts").then(({ Editor }) => {
      if (isGone || place.current === null) return;
      place.current.replaceChildren();
      editor.current = new Editor(place.current, {
        text: draft.text.peek(),
        label: texts.source,
        onChange: (text) => {
          draft.text.value = text;
        },
      });
      onEditor(editor.current);
    }, reportFailure);
    return () => {
      isGone = true;
      editor.current?.close();
      editor.current = undefined;
      onEditor(undefined);
    };
  }, [draft]);
  useSignalEffect(() => {
    const { value: text } = draft.text; // Read before the editor is there, too, or nothing would be followed.
    editor.current?.replace(text);
  });
  return (
    <div class="own-cell-editor" ref={place}>
      <pre>{draft.text.peek()}</pre>
    </div>
  );
}
