/** Parts of a product that keep its order of additions, and the places where a part may begin. */

import { type Band, isOfDots, type Order, vectorsOf } from "./order.ts";
import { columnAsRow, complete, type FullSpec, type MatmulSpec } from "./spec.ts";
import { chooseTiling } from "./tiles.ts";
import { vectorOpsOf } from "./vector-ops.ts";

function orderOf(spec: FullSpec): Order {
  if (isOfDots(spec)) return { form: "dots" };
  const vectors = vectorsOf(spec);
  const { width, heights } = chooseTiling(spec.rows, vectors, spec.fma);
  const bands: Band[] = [];
  for (const { height, count, sets, lastSets } of heights) {
    const before = bands.at(-1);
    const isAlike = before?.sets === sets && before.lastSets === lastSets;
    const rows = height * count + (isAlike ? before.rows : 0);
    bands.splice(isAlike ? -1 : bands.length, 1, { rows, sets, lastSets });
  }
  return { form: "panels", width, vectors, bands };
}

/** The order of `count` rows of a product from number `first` on, and of any columns that begin where a panel does. */
export function orderOfPart(whole: MatmulSpec, first: number, count: number): Order {
  const asked = complete(whole);
  const row = columnAsRow(asked);
  const order = orderOf(row ?? asked);
  if (order.form === "dots" || row !== undefined) return order;
  let from = 0;
  const bands = order.bands.flatMap((band) => {
    const [begin, end] = [Math.max(first, from), Math.min(first + count, from + band.rows)];
    from += band.rows;
    return end > begin ? [{ ...band, rows: end - begin }] : [];
  });
  return { ...order, bands };
}

/** A part may begin at multiples of so many columns; one of a product with a single column, of so many rows. */
export function panelOf(whole: MatmulSpec): number {
  const asked = complete(whole);
  const row = asked.columns === 1 ? { ...asked, rows: 1, columns: asked.rows } : asked;
  return chooseTiling(row.rows, vectorsOf(row), row.fma).width * vectorOpsOf[row.dtype].count;
}
