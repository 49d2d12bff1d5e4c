/** The list of views: links to those that exist, the planned ones named beside them. */
import type { View } from "./views.ts";

export function Navigation({ views, current }: { readonly views: readonly View[]; readonly current: string }) {
  return (
    <nav class="navigation" aria-label="Views">
      <p class="brand">
        Tapegrad <span>playground</span>
      </p>
      <ul>
        {views.map(({ id, title, description, component }) => (
          <li key={id}>
            {component === null ? (
              <div class="view planned">
                <p>
                  {title} <small>planned</small>
                </p>
                <p class="view-description">{description}</p>
              </div>
            ) : (
              <a class="view" href={`#${id}`} aria-current={id === current ? "page" : undefined}>
                {title}
                <span class="view-description">{description}</span>
              </a>
            )}
          </li>
        ))}
      </ul>
    </nav>
  );
}
