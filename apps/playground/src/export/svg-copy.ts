/** A copy of an SVG of the page that looks the same without the page's style sheets. */

/** What style sheets say about shapes and texts. */
const properties = [
  "display",
  "dominant-baseline",
  "fill",
  "fill-opacity",
  "font-family",
  "font-size",
  "font-style",
  "font-weight",
  "letter-spacing",
  "marker-end",
  "marker-start",
  "opacity",
  "paint-order",
  "stroke",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "stroke-opacity",
  "stroke-width",
  "text-anchor",
  "transform",
  "visibility",
] as const;

/** What need not be said, as it is so by itself and not inherited from around. */
const initial: Readonly<Partial<Record<(typeof properties)[number], string>>> = {
  display: "inline",
  "marker-end": "none",
  "marker-start": "none",
  opacity: "1",
  "paint-order": "normal",
  "stroke-dasharray": "none",
  transform: "none",
};

export interface CopyPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function copyOfSvg(original: SVGSVGElement, place: CopyPlace): SVGSVGElement {
  // The one cast: a clone is of its original's class.
  const copy = original.cloneNode(true) as SVGSVGElement;
  inline(original, copy);
  for (const [name, value] of Object.entries(place)) copy.setAttribute(name, String(value));
  return copy;
}

function inline(original: Element, copy: Element): void {
  const style = getComputedStyle(original);
  const said = properties.flatMap((name) => {
    const value = style.getPropertyValue(name);
    return value === (initial[name] ?? "") ? [] : [`${name}: ${value}`];
  });
  copy.removeAttribute("class");
  copy.setAttribute("style", said.join("; "));
  for (const [index, child] of [...original.children].entries()) {
    const other = copy.children[index];
    if (other !== undefined) inline(child, other);
  }
}
