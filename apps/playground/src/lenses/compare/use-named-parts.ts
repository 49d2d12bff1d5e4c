/** A lens that is on the page several times has landmarks of the same names: each is called after its run as well. */
import { useEffect, useRef } from "preact/hooks";

const landmarks = "section, nav, aside, form, [role=region]";

/** The place that the lens is in; `titleId` is the element with the run's `title`, which stays the same. */
export function useNamedParts(titleId: string, title: string) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const name = () => {
      for (const part of element.querySelectorAll(landmarks)) {
        extend(part, "aria-label", `, ${title}`);
        extend(part, "aria-labelledby", ` ${titleId}`);
      }
    };
    name();
    const observer = new MutationObserver(name);
    observer.observe(element, { subtree: true, childList: true, attributeFilter: ["aria-label", "aria-labelledby"] });
    return () => observer.disconnect();
  }, [titleId, title]);
  return place;
}

function extend(part: Element, attribute: string, end: string): void {
  const value = part.getAttribute(attribute);
  if (value !== null && !value.endsWith(end)) part.setAttribute(attribute, `${value}${end}`);
}
