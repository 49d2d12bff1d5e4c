/** Names landmarks of a lens that is on the page several times: each name includes its run. */
import { useEffect, useRef } from "preact/hooks";

const landmarks = "section, nav, aside, form, [role=region]";

/** The place that the lens is in; `titleId` is the element with the run's title, and `name` another name of it, which stays. */
export function useNamedParts(titleId: string, name: string) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const extendAll = () => {
      for (const part of element.querySelectorAll(landmarks)) {
        extend(part, "aria-label", `, ${name}`);
        extend(part, "aria-labelledby", ` ${titleId}`);
      }
    };
    extendAll();
    const observer = new MutationObserver(extendAll);
    observer.observe(element, { subtree: true, childList: true, attributeFilter: ["aria-label", "aria-labelledby"] });
    return () => observer.disconnect();
  }, [titleId, name]);
  return place;
}

function extend(part: Element, attribute: string, end: string): void {
  const value = part.getAttribute(attribute);
  if (value !== null && !value.endsWith(end)) part.setAttribute(attribute, `${value}${end}`);
}
