/**
 * Which tile of C is held in registers. With fused multiply-add 15 vectors may be live, with a product's own temporary 14:
 * sums, the shorter side of the operands, and one of the longer.
 */
export interface Tiling {
  /** Vectors of a panel. */
  readonly width: number;
  /** Heights of the row tiles and how many there are of each, top to bottom. */
  readonly heights: readonly { readonly height: number; readonly count: number }[];
}

/** [width, greatest height], in the order preferred among equals: fewer passes over B first. */
const candidates = {
  fused: [
    [2, 6],
    [3, 3],
    [6, 2],
    [8, 1],
    [12, 1],
  ],
  separate: [
    [2, 5],
    [3, 3],
    [5, 2],
    [8, 1],
  ],
} as const satisfies Record<string, readonly (readonly [width: number, height: number])[]>;

/**
 * Time of one k of a tile, in products: those, the loads of either side (those of B may come from farther away) and the
 * loop. Fitted to measured tiles; only the ratios matter.
 */
function cost(height: number, width: number): number {
  return height * width + 0.3 * height + 0.42 * width + 0.9;
}

/** Rows divided as evenly as tiles of at most `most` rows allow: 25 by 6 is five times 5. */
function splitRows(rows: number, most: number): Tiling["heights"] {
  const tiles = Math.ceil(rows / most);
  const height = Math.floor(rows / tiles);
  const higher = rows - tiles * height;
  return [
    { height: height + 1, count: higher },
    { height, count: tiles - higher },
  ].filter(({ count }) => count > 0);
}

export function chooseTiling(rows: number, vectors: number, fma: boolean): Tiling {
  const choices = candidates[fma ? "fused" : "separate"].map(([width, most]) => {
    const heights = splitRows(rows, most);
    const rest = vectors % width;
    const time = heights.reduce((sum, { height, count }) => {
      const panels = Math.floor(vectors / width) * cost(height, width) + (rest > 0 ? cost(height, rest) : 0);
      return sum + count * panels;
    }, 0);
    return { width, heights, time };
  });
  return choices.reduce((best, choice) => (choice.time < best.time ? choice : best));
}
