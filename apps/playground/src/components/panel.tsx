/** A titled part of a view, with the sentence that says what it shows. */
import type { ComponentChildren } from "preact";

export interface PanelProps {
  readonly id: string;
  readonly title: string;
  readonly explanation: string;
  readonly children: ComponentChildren;
}

export function Panel({ id, title, explanation, children }: PanelProps) {
  return (
    <section class={`panel ${id}`} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      <p class="explanation">{explanation}</p>
      {children}
    </section>
  );
}
