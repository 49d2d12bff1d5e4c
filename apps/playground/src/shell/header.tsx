/** The top of the page: its name and the lenses. */
import { lenses } from "../lenses/index.ts";
import { addressOf, currentLens } from "../link/place.ts";
import { shellTexts } from "../texts/shell.ts";

export function Header() {
  return (
    <header class="top">
      <p class="brand">{shellTexts.brand}</p>
      <nav aria-label={shellTexts.lenses}>
        <ul>
          {lenses.map(({ id, title, question }) => (
            <li key={id}>
              <a
                class="lens-link"
                href={addressOf(id)}
                title={question}
                aria-current={currentLens.value.id === id ? "page" : undefined}
              >
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  );
}
