/** Checks an entry before its data are written or become a tensor. */
import { DTypeError, dtypes, dtypeTable, formatShape, ShapeError } from "@tapegrad/core";
import { checkShape, holdsDType } from "@tapegrad/core/internal";
import { type Entry, elementCount, quote } from "./entry.ts";

/** @throws DTypeError when the data is not of the entry's dtype; ShapeError when it does not fill the shape. */
export function checkEntry(op: string, name: string, { dtype, shape, data }: Entry): void {
  if (!dtypes.includes(dtype)) {
    throw new DTypeError(op, `${quote(name)} has unknown dtype ${String(dtype)}`, `use one of ${dtypes.join(", ")}`);
  }
  if (!holdsDType(data, dtype)) {
    throw new DTypeError(
      op,
      `${quote(name)} is not ${dtype} data`,
      `its array type is ${dtypeTable[dtype].array.name}`,
    );
  }
  const size = elementCount(checkShape(op, shape));
  if (data.length !== size) {
    throw new ShapeError(
      op,
      `the data of ${quote(name)} does not fill ${formatShape(shape)} (${data.length} ≠ ${size ?? "2^53 or more"})`,
      "pass one value per element",
    );
  }
  const bad = dtype === "bool" ? data.findIndex((value) => value > 1) : -1;
  if (bad >= 0) {
    throw new DTypeError(op, `element ${bad} of ${quote(name)} is not a bool (${data[bad]})`, "store bool as 0 or 1");
  }
}
