/** A titled part of a lens, with the sentence that says what it shows. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface PanelProps {
  /** The class of the part, for its style sheet. */
  readonly id: string;
  readonly title: string;
  readonly explanation?: string;
  readonly children: ComponentChildren;
}

export function Panel({ id, title, explanation, children }: PanelProps) {
  // A lens may be on the page several times.
  const titleId = useId();
  return (
    <section class={`panel ${id}`} aria-labelledby={titleId}>
      <h2 id={titleId}>{title}</h2>
      {explanation !== undefined && <p class="about">{explanation}</p>}
      {children}
    </section>
  );
}
