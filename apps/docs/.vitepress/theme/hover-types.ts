/** Shows the type of the name that the reader points at in a code block, in one element for the whole page. */

const shownAt = "hover-type";

/** Listens on the whole document, once. */
export function showTypesOnHover(): void {
  let card: HTMLElement | undefined;
  document.addEventListener("pointerover", ({ target }) => {
    const name = target instanceof Element ? target.closest<HTMLElement>(`.${shownAt}`) : null;
    if (name === null) {
      if (!(target instanceof Node) || card?.contains(target) !== true) card?.remove();
      return;
    }
    card ??= Object.assign(document.createElement("div"), { className: "hover-card" });
    const type = Object.assign(document.createElement("code"), { textContent: name.dataset.type ?? "" });
    const docs = Object.assign(document.createElement("p"), { textContent: name.dataset.docs ?? "" });
    card.replaceChildren(type, ...(docs.textContent === "" ? [] : [docs]));
    document.body.append(card);
    place(card, name.getBoundingClientRect());
  });
  addEventListener("scroll", () => card?.remove(), { passive: true, capture: true });
}

/** Below the name, or above where the window ends below it. */
function place(card: HTMLElement, name: DOMRect): void {
  const { width, height } = card.getBoundingClientRect();
  const left = Math.max(8, Math.min(name.left, document.documentElement.clientWidth - width - 8));
  const top = name.bottom + height + 8 > innerHeight ? name.top - height - 4 : name.bottom + 4;
  Object.assign(card.style, { left: `${left}px`, top: `${top}px` });
}
