/** Where the visitor is, from the chain inwards: each name leads back; and the presets. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { insideTexts as texts } from "../../texts/inside.ts";
import { levels, type View } from "./view-state.ts";

export interface PathProps {
  readonly view: View;
  readonly titles: Readonly<Record<(typeof levels)[number], string>>;
  readonly go: (view: View) => void;
}

export function Path({ view, titles, go }: PathProps) {
  const list = useRef<HTMLOListElement>(null);
  const shown = useRef(view);
  // What was pressed to come here is gone with its level: without this, focus would fall to the page.
  useLayoutEffect(() => {
    if (shown.current === view) return;
    shown.current = view;
    if (document.activeElement === document.body || document.activeElement === null)
      list.current?.querySelector<HTMLElement>("[aria-current]")?.focus();
  }, [view]);
  const preset = (id: "forgetting" | "grus") => (
    <button type="button" class="chip" aria-pressed={view === id} onClick={() => go(view === id ? "chain" : id)}>
      {texts[id]}
    </button>
  );
  return (
    <div class="inside-path">
      <nav aria-label={texts.path}>
        <ol ref={list}>
          {levelsTo(view).map((level) => (
            <li key={level}>
              <button
                type="button"
                class="crumb"
                aria-current={level === view ? "step" : undefined}
                onClick={() => go(level)}
              >
                {titles[level]}
              </button>
            </li>
          ))}
        </ol>
      </nav>
      <fieldset class="inside-presets" aria-label={texts.presets}>
        {preset("forgetting")}
        {preset("grus")}
      </fieldset>
    </div>
  );
}

/** From the outermost to this one; a preset stands beside the chain. */
function levelsTo(view: View) {
  const order: readonly View[] = levels;
  return levels.slice(0, Math.max(1, order.indexOf(view) + 1));
}
