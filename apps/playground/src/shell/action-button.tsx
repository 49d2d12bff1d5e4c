/** A button of the header and its popover, which the browser opens, closes and gives the focus back from. */
import { useSignal } from "@preact/signals";
import { reportFailure } from "../failure.ts";
import type { Run } from "../run/run.ts";
import { shellTexts } from "../texts/shell.ts";
import type { Action, ActionModule } from "./actions.ts";

const loaded = new Map<string, ActionModule>();

export function ActionButton({ action, run }: { readonly action: Action; readonly run: Run }) {
  const { id, title, Label, load } = action;
  const open = useSignal(false);
  const arrived = useSignal(loaded.has(id));
  const toggle = (event: { readonly newState: string }) => {
    open.value = event.newState === "open";
    if (!open.value || arrived.value) return;
    load().then((module) => {
      loaded.set(id, module);
      arrived.value = true;
    }, reportFailure);
  };
  const Panel = arrived.value ? loaded.get(id)?.Panel : undefined;
  return (
    <>
      <button type="button" class="action" popovertarget={`action-${id}`}>
        {Label === undefined ? title : <Label run={run} />}
      </button>
      <section id={`action-${id}`} class="action-panel" popover="auto" aria-label={title} onBeforeToggle={toggle}>
        <h2>{title}</h2>
        {open.value && (Panel === undefined ? <p class="hint">{shellTexts.loading}</p> : <Panel run={run} />)}
        <button type="button" class="close" popovertarget={`action-${id}`} popovertargetaction="hide">
          {shellTexts.close}
        </button>
      </section>
    </>
  );
}
