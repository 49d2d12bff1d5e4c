/** Links to steps of lessons: `#lesson=hello.2` alone, which the page then unfolds to the state that the step begins with. */
import { hashOf, place } from "../../link/address.ts";

/** What teachers hide stays hidden from step to step. */
export function addressOfStep(name: string): string {
  const hide = place.value.get("hide");
  return hashOf(new URLSearchParams({ lesson: name, ...(hide === null ? {} : { hide }) }));
}

/** After a click on such a link the new step's title has the focus. */
export function followStep(): void {
  const focus = () => document.querySelector<HTMLElement>("#lesson-title")?.focus();
  addEventListener("hashchange", () => setTimeout(focus), { once: true });
}
