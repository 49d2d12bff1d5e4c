/** A name such as layers.0.cell.weight_ih, which may break after each dot where there is little room. */
import { Fragment } from "preact";

export function DottedName({ name }: { readonly name: string }) {
  const parts = name.split(".");
  return parts.map((part, at) => (
    <Fragment key={parts.slice(0, at + 1).join()}>
      {part}
      {at < parts.length - 1 && "."}
      <wbr />
    </Fragment>
  ));
}
