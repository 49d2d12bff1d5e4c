/**
 * The page in a frame of another page, `?embed=1&lens=…`: only the lens and its transport, and the message with the height that
 * it needs.
 */
import { place } from "./address.ts";

export const embedded = place.peek().get("embed") === "1";

/** The `type` of the message to the page around: `{ type, height }`, in CSS pixels. */
export const heightMessage = "tapegrad-playground-height";

/** Marks the page for `link.css`, and tells the page around how high `content` is, now and whenever that changes. */
export function fitFrame(content: Element): void {
  if (!embedded) return;
  document.documentElement.dataset.embedded = "";
  let told = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(content.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    // Any page may embed this one, and a height is no secret.
    parent.postMessage({ type: heightMessage, height }, "*");
  }).observe(content);
}
