/** A formula that was turned from TeX into MathML when the page was built. */

/** `mathml` comes from an import of a `.tex` file of this app, never from a visitor. */
export function Formula({ mathml }: { readonly mathml: string }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a long one scrolls, also by keyboard.
  return <div class="formula" tabIndex={0} dangerouslySetInnerHTML={{ __html: mathml }} />;
}
