/** The editor of live examples: CodeMirror with JavaScript's colours, loaded when a reader edits. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export interface CodeEditor {
  readonly text: string;
  focus(): void;
  destroy(): void;
}

const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], color: "var(--shiki-token-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--shiki-token-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--shiki-token-constant)" },
  { tag: tags.comment, color: "var(--shiki-token-comment)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "var(--shiki-token-function)" },
]);

/** An editor in `parent`. Ctrl-Enter runs; Tab moves the focus on, as anywhere in the page. */
export function createEditor(parent: HTMLElement, code: string, run: () => void): CodeEditor {
  const runKey = {
    key: "Mod-Enter",
    run: () => {
      run();
      return true;
    },
  };
  const view = new EditorView({
    parent,
    doc: code.replace(/\n$/, ""),
    extensions: [
      lineNumbers(),
      history(),
      bracketMatching(),
      indentOnInput(),
      javascript(),
      syntaxHighlighting(colors),
      keymap.of([runKey, ...defaultKeymap, ...historyKeymap]),
      EditorView.contentAttributes.of({ "aria-label": "Code of the example; Ctrl and Enter run it" }),
    ],
  });
  return {
    get text() {
      return `${view.state.doc.toString()}\n`;
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
