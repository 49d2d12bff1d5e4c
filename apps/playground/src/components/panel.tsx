/** A titled part of a lens, with a sentence that describes it. */
import type { ComponentChildren } from "preact";

export interface PanelProps {
  /** The class of the part, for its style sheet. */
  readonly id: string;
  readonly title: string;
  readonly explanation?: string;
  readonly children: ComponentChildren;
}

export function Panel({ id, title, explanation, children }: PanelProps) {
  // A lens may be on the page several times: a section without a name is no landmark, of which each would need one of its own.
  return (
    <section class={`panel ${id}`}>
      <h2>{title}</h2>
      {explanation !== undefined && <p class="about">{explanation}</p>}
      {children}
    </section>
  );
}
