/** A part of a picture that is a button: by pointer, by Enter and by space. */
import type { ComponentChildren } from "preact";

export interface SvgButtonProps {
  readonly label: string;
  readonly class: string;
  /** Whether the tab key does not stop here. */
  readonly isSkipped?: boolean;
  readonly onPress: () => void;
  readonly children: ComponentChildren;
}

export function SvgButton({ label, class: name, isSkipped = false, onPress, children }: SvgButtonProps) {
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onPress();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button element.
    <g
      role="button"
      tabindex={isSkipped ? -1 : 0}
      class={`svg-button ${name}`}
      aria-label={label}
      onClick={onPress}
      onKeyDown={press}
    >
      {children}
    </g>
  );
}
