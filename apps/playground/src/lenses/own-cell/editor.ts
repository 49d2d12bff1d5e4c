/** The editor of JavaScript: CodeMirror with the extensions that a page of code needs. */
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { javascriptLanguage } from "@codemirror/lang-javascript";
import { bracketMatching, ensureSyntaxTree, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

export interface EditorOptions {
  readonly text: string;
  readonly label: string;
  readonly onChange: (text: string) => void;
}

export interface Problem {
  readonly message: string;
  readonly line: number;
}

/** Milliseconds that parsing may take before a place is looked for. */
const parsingTime = 100;

export class Editor {
  readonly #view: EditorView;

  constructor(parent: Element, { text, label, onChange }: EditorOptions) {
    const extensions = [
      lineNumbers(),
      lintGutter(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      highlightActiveLine(),
      EditorView.lineWrapping,
      indentUnit.of("  "),
      javascriptLanguage,
      syntaxHighlighting(classHighlighter),
      // Tab stays the key that leaves the editor: indentation has the keys that editors on the web share.
      keymap.of([
        { key: "Mod-]", run: indentMore },
        { key: "Mod-[", run: indentLess },
        ...defaultKeymap,
        ...historyKeymap,
      ]),
      EditorView.contentAttributes.of({ "aria-label": label, autocapitalize: "off", tabindex: "0" }),
      EditorView.updateListener.of(({ docChanged, state }) => {
        if (docChanged) onChange(state.doc.toString());
      }),
    ];
    this.#view = new EditorView({ parent, state: EditorState.create({ doc: text, extensions }) });
  }

  /** Puts another text in place of all; undo brings the old one back. */
  replace(text: string): void {
    const { state } = this.#view;
    if (state.doc.toString() === text) return;
    this.#view.dispatch({ changes: { from: 0, to: state.doc.length, insert: text } });
  }

  /** Marks a line, or none. */
  mark(problem: Problem | undefined): void {
    const { state } = this.#view;
    const place = problem && state.doc.line(Math.min(Math.max(1, problem.line), state.doc.lines));
    const marks = place && problem ? [{ ...place, severity: "error" as const, message: problem.message }] : [];
    this.#view.dispatch(setDiagnostics(state, marks));
  }

  /** The line where the text stops being JavaScript, if it does. */
  syntaxErrorLine(): number | undefined {
    const { state } = this.#view;
    let line: number | undefined;
    ensureSyntaxTree(state, state.doc.length, parsingTime)?.iterate({
      enter: ({ type, from }) => {
        if (type.isError) line ??= state.doc.lineAt(from).number;
      },
    });
    return line;
  }

  goTo(line: number): void {
    const { state } = this.#view;
    const { from } = state.doc.line(Math.min(Math.max(1, line), state.doc.lines));
    this.#view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    this.#view.focus();
  }

  close(): void {
    this.#view.destroy();
  }
}
