/** A `ts live` block: its code, which the reader may change, a button that runs it, and what it printed. */
import { withBase } from "vitepress";
import { computed, defineComponent, h, nextTick, onBeforeUnmount, ref, shallowRef } from "vue";
import type { CodeEditor } from "./code-editor.ts";
import { type OutputLine, startRun } from "./run.ts";

interface Block {
  readonly code: string;
  readonly live?: number;
}

/** The code of the page's live blocks as it is now, for the blocks that continue them. */
const current = new Map<number, () => string>();

type State = "idle" | "running" | "done" | "failed" | "stopped";

export const LiveExample = defineComponent({
  name: "LiveExample",
  props: {
    number: { type: Number, required: true },
    code: { type: String, required: true },
    before: { type: String, required: true },
  },
  setup(props, { slots }) {
    const original = decodeURIComponent(props.code);
    const before: Block[] = JSON.parse(decodeURIComponent(props.before));
    const editor = shallowRef<CodeEditor>();
    const editorHost = ref<HTMLElement>();
    const editing = ref(false);
    const lines = ref<OutputLine[]>([]);
    const state = ref<State>("idle");
    const seconds = ref(0);
    let stopRun: (() => void) | undefined;

    const codeNow = (): string => editor.value?.text ?? original;
    current.set(props.number, codeNow);

    function run(): void {
      stopRun?.();
      lines.value = [];
      state.value = "running";
      const started = performance.now();
      const earlier = before.map(({ code, live }) => (live === undefined ? code : (current.get(live)?.() ?? code)));
      stopRun = startRun(withBase("/live/worker.js"), earlier, codeNow(), {
        print: (line) => lines.value.push(line),
        end: (failed) => {
          seconds.value = (performance.now() - started) / 1000;
          if (state.value === "running") state.value = failed ? "failed" : "done";
        },
      });
    }

    function stop(): void {
      stopRun?.();
      if (state.value === "running") state.value = "stopped";
    }

    async function edit(): Promise<void> {
      if (editing.value) return;
      editing.value = true;
      const [{ createEditor }] = await Promise.all([import("./code-editor.ts"), nextTick()]);
      if (editorHost.value === undefined) return;
      editor.value = createEditor(editorHost.value, original, run);
      editor.value.focus();
    }

    function reset(): void {
      editor.value?.destroy();
      editor.value = undefined;
      editing.value = false;
    }

    /** A click into the code, but not one that ends a selection, begins to edit. */
    function editOnClick(event: MouseEvent): void {
      const onButton = event.target instanceof Element && event.target.closest("button") !== null;
      if (!onButton && getSelection()?.isCollapsed !== false) void edit();
    }

    onBeforeUnmount(() => {
      stopRun?.();
      editor.value?.destroy();
      if (current.get(props.number) === codeNow) current.delete(props.number);
    });

    const status = computed(() => {
      const texts: Record<State, string> = {
        idle: "",
        running: "Running …",
        done: `Ran in ${seconds.value.toFixed(1)} s${lines.value.length === 0 ? " and printed nothing" : ""}`,
        failed: "Ended with an error",
        stopped: "Stopped",
      };
      return texts[state.value];
    });

    return () =>
      h("div", { class: "live-example", role: "group", "aria-label": "Example that runs in this page" }, [
        editing.value
          ? h("div", { class: "live-editor", ref: editorHost })
          : h("div", { class: "live-code", onClick: editOnClick }, slots.default?.()),
        h("div", { class: "live-bar" }, [
          state.value === "running"
            ? h("button", { type: "button", class: "live-stop", onClick: stop }, "Stop")
            : h("button", { type: "button", class: "live-run", onClick: run }, "Run"),
          editing.value
            ? h("button", { type: "button", onClick: reset }, "Reset code")
            : h("button", { type: "button", onClick: edit }, "Edit"),
          h("span", { class: "live-status", role: "status" }, status.value),
        ]),
        lines.value.length > 0 &&
          h(
            "pre",
            { class: "live-output", tabindex: 0, role: "region", "aria-label": "Output" },
            lines.value.map(({ text, kind }) => h("span", { class: `live-line ${kind}` }, `${text}\n`)),
          ),
      ]);
  },
});
