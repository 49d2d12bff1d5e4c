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

/** So many sums keep two multiply-add units busy, which take four cycles for each. */
const sumsInFlight = 12;

/**
 * Time of one k of a tile, in products: as many as there are, more if too few sums are added to at once (of those that fit
 * into the registers several times, several at once), or as long as their vectors of B take to come; and what a loop costs.
 * Fitted to measured tiles; only the ratios matter.
 */
function cost(height: number, width: number, fma: boolean): number {
  const products = height * width;
  const sums = products * accumulatorSets(height, width, fma);
  const waiting = fma ? 0.05 * Math.max(0, sumsInFlight - sums) : 0;
  return Math.max(products * (1 + waiting), 1.4 * width) + 0.2 * width + 0.4;
}

/** How often the accumulators of a tile fit into the registers: up to 14 values live, 15 without the product's own. */
export function accumulatorSets(height: number, width: number, fma: boolean): number {
  const free = (fma ? 15 : 14) - Math.min(height, width) - 1;
  return Math.max(1, Math.min(4, Math.floor(free / (height * width))));
}

type Heights = Tiling["heights"];

/** Rows divided evenly among tiles of at most `most` rows: 25 by 6 is five times 5. */
function evenly(rows: number, most: number): Heights {
  const tiles = Math.ceil(rows / most);
  const height = Math.floor(rows / tiles);
  const higher = rows - tiles * height;
  return [
    { height: height + 1, count: higher },
    { height, count: tiles - higher },
  ].filter(({ count }) => count > 0);
}

/** Tiles of `most` rows, and what is left in tiles of at most `last`: 32 by 6 is five times 6 and one of 2. */
function byWholeTiles(rows: number, most: number, last: number): Heights {
  const whole = { height: most, count: Math.floor(rows / most) };
  const rest = rows % most;
  return [whole, ...(rest > 0 ? evenly(rest, last) : [])].filter(({ count }) => count > 0);
}

export function chooseTiling(rows: number, vectors: number, fma: boolean): Tiling {
  const choices = candidates[fma ? "fused" : "separate"].flatMap(([width, most]) =>
    [evenly(rows, most), byWholeTiles(rows, most, most), byWholeTiles(rows, most, 3)].map((heights) => {
      const rest = vectors % width;
      const time = heights.reduce((sum, { height, count }) => {
        const panels =
          Math.floor(vectors / width) * cost(height, width, fma) + (rest > 0 ? cost(height, rest, fma) : 0);
        return sum + count * panels;
      }, 0);
      return { width, heights, time };
    }),
  );
  const { width, heights } = choices.reduce((best, choice) => (choice.time < best.time ? choice : best));
  return { width, heights };
}
