/** A formula that was turned from TeX into MathML when the page was built. */

/** `mathml` comes from an import of a `.tex` file of this app, never from a visitor. */
export function Formula({ mathml }: { readonly mathml: string }) {
  return <div class="formula" dangerouslySetInnerHTML={{ __html: mathml }} />;
}
