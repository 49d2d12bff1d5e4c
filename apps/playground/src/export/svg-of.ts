/**
 * A part of the page as one SVG picture of plain shapes, which other programs can open: backgrounds and borders are rectangles,
 * lines of text are texts at their places, SVGs are copied with their styles, and canvases are images.
 */
import { copyOfSvg } from "./svg-copy.ts";

const namespace = "http://www.w3.org/2000/svg";
/** Inputs with a text. */
const readable: ReadonlySet<string> = new Set(["text", "number", "search"]);
/** Pixels around the picture. */
const margin = 12;

export interface Picture {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

export function svgOf(element: HTMLElement): Picture {
  const box = element.getBoundingClientRect();
  const origin = { x: box.left - element.scrollLeft - margin, y: box.top - element.scrollTop - margin };
  const [width, height] = [element.scrollWidth + 2 * margin, element.scrollHeight + 2 * margin].map(Math.ceil) as [
    number,
    number,
  ];
  const svg = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  const background = getComputedStyle(document.body).backgroundColor;
  svg.append(shape("rect", { width, height, fill: background }));
  const painter = new Painter(origin);
  for (const child of element.childNodes) painter.paint(child, svg);
  return { svg: new XMLSerializer().serializeToString(svg), width, height };
}

class Painter {
  readonly #origin: { readonly x: number; readonly y: number };
  #clips = 0;

  constructor(origin: { readonly x: number; readonly y: number }) {
    this.#origin = origin;
  }

  paint(node: Node, into: Element): void {
    if (node instanceof Text) this.#text(node, into);
    if (!(node instanceof Element)) return;
    const style = getComputedStyle(node);
    const box = node.getBoundingClientRect();
    const isUnseen = box.width <= 1 || box.height <= 1 || style.clipPath !== "none";
    if (style.display === "none" || style.visibility === "hidden" || (isUnseen && style.display !== "contents")) return;
    const place = { x: box.left - this.#origin.x, y: box.top - this.#origin.y, width: box.width, height: box.height };
    if (node instanceof SVGSVGElement) {
      into.append(copyOfSvg(node, place));
      return;
    }
    // Of controls, only what can be read is drawn.
    if (node instanceof HTMLInputElement && !readable.has(node.type)) return;
    this.#box(style, place, into);
    if (node instanceof HTMLCanvasElement) {
      into.append(
        shape("image", {
          ...place,
          href: node.toDataURL(),
          preserveAspectRatio: "none",
          style: `image-rendering: ${style.imageRendering}`,
        }),
      );
      return;
    }
    if (node instanceof HTMLSelectElement || node instanceof HTMLInputElement || node instanceof HTMLTextAreaElement) {
      this.#control(node, style, place, into);
      return;
    }
    const inside = style.overflow === "visible" ? into : this.#clipped(place, into);
    for (const child of node.childNodes) this.paint(child, inside);
  }

  #box(style: CSSStyleDeclaration, { x, y, width, height }: Place, into: Element): void {
    const hasFill = !isTransparent(style.backgroundColor);
    const line = Number.parseFloat(style.borderTopWidth);
    const hasLine = line > 0 && style.borderTopStyle !== "none" && !isTransparent(style.borderTopColor);
    if (!hasFill && !hasLine) return;
    const inset = hasLine ? line / 2 : 0;
    into.append(
      shape("rect", {
        x: x + inset,
        y: y + inset,
        width: width - 2 * inset,
        height: height - 2 * inset,
        rx: Number.parseFloat(style.borderTopLeftRadius) || 0,
        fill: hasFill ? style.backgroundColor : "none",
        ...(hasLine ? { stroke: style.borderTopColor, "stroke-width": line } : {}),
      }),
    );
  }

  #clipped({ x, y, width, height }: Place, into: Element): Element {
    const id = `clip-${this.#clips++}`;
    const clip = shape("clipPath", { id });
    clip.append(shape("rect", { x, y, width, height }));
    const group = shape("g", { "clip-path": `url(#${id})` });
    into.append(clip, group);
    return group;
  }

  /** Words that stand on one line are one text. */
  #text(node: Text, into: Element): void {
    const parent = node.parentElement;
    if (parent === null) return;
    const style = getComputedStyle(parent);
    const range = document.createRange();
    let line: { text: string; box: DOMRect } | undefined;
    const end = () => {
      if (line !== undefined && line.text.trim() !== "") this.#line(line.text, line.box, style, into);
      line = undefined;
    };
    for (const { 0: word, index } of node.data.matchAll(/\S+|\s+/g)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const box = range.getBoundingClientRect();
      if (box.width === 0) continue;
      if (line !== undefined && Math.abs(line.box.top - box.top) > box.height / 2) end();
      line = { text: `${line?.text ?? ""}${word}`, box: line?.box ?? box };
    }
    end();
  }

  #control(
    node: HTMLSelectElement | HTMLInputElement | HTMLTextAreaElement,
    style: CSSStyleDeclaration,
    place: Place,
    into: Element,
  ): void {
    const text =
      node instanceof HTMLSelectElement ? (node.selectedOptions[0]?.text ?? "") : node.value || node.placeholder;
    const size = Number.parseFloat(style.fontSize);
    const left = Number.parseFloat(style.paddingLeft) || 0;
    const top = place.y + (node instanceof HTMLTextAreaElement ? size / 2 : (place.height - size * 1.2) / 2);
    const [first = ""] = text.split("\n");
    this.#line(first, new DOMRect(place.x + left + this.#origin.x, top + this.#origin.y, 0, size * 1.2), style, into);
  }

  #line(text: string, box: DOMRect, style: CSSStyleDeclaration, into: Element): void {
    const size = Number.parseFloat(style.fontSize);
    const made = shape("text", {
      x: box.left - this.#origin.x,
      // The baseline of most fonts lies this far below the middle of the line.
      y: box.top - this.#origin.y + box.height / 2 + 0.35 * size,
      fill: style.color,
      "font-family": style.fontFamily,
      "font-size": size,
      "font-weight": style.fontWeight,
      "font-style": style.fontStyle,
      "xml:space": "preserve",
    });
    made.textContent = text.replaceAll(/\s+/g, " ");
    into.append(made);
  }
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function isTransparent(color: string): boolean {
  return color === "transparent" || /,\s*0\)$|\/\s*0\)$/.test(color);
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) {
    const written = typeof value === "number" ? String(Math.round(value * 100) / 100) : value;
    if (key.startsWith("xml:")) element.setAttributeNS("http://www.w3.org/XML/1998/namespace", key, written);
    else element.setAttribute(key, written);
  }
  return element;
}
