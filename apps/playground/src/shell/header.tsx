/** The top of the page: its name, the lenses, and other actions on the run. */
import { useEffect, useRef } from "preact/hooks";
import { lenses } from "../lenses/index.ts";
import { addressOf, currentLens, followLens } from "../link/place.ts";
import type { Run } from "../run/run.ts";
import { shellTexts } from "../texts/shell.ts";
import { ActionButton } from "./action-button.tsx";
import { actions } from "./actions.ts";

/** Code that will probably be needed. Where it cannot be fetched, that is said when it is. */
function fetchSoon(load: () => Promise<unknown>): void {
  load().catch(() => {});
}

export function Header({ run }: { readonly run: Run }) {
  const menu = useRef<HTMLElement>(null);
  const { id: current } = currentLens.value;
  // Where the menu scrolls, the present lens is in sight.
  useEffect(() => {
    const link = menu.current?.querySelector<HTMLElement>("[aria-current]");
    if (link && menu.current) menu.current.scrollLeft = link.offsetLeft - menu.current.clientWidth / 2;
  }, [current]);
  return (
    <header class="top">
      <p class="brand">
        {shellTexts.name} <span>{shellTexts.kind}</span>
      </p>
      <nav ref={menu} aria-label={shellTexts.lenses}>
        <ul>
          {lenses.map(({ id, title, question, load }) => (
            <li key={id}>
              <a
                class="lens-link"
                href={addressOf(id)}
                onClick={(event) => followLens(event, id)}
                onPointerEnter={() => fetchSoon(load)}
                onFocus={() => fetchSoon(load)}
                title={question}
                aria-current={current === id ? "page" : undefined}
              >
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="actions">
        {actions.map((action) => (
          <ActionButton key={action.id} action={action} run={run} />
        ))}
      </div>
    </header>
  );
}
