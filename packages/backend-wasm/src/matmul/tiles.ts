/**
 * Chooses the tile of C that is held in registers. At most 15 vectors may be live with fused multiply-add, and 14 without,
 * where a product needs a temporary: the sums, the shorter side of the operands, and one vector of the longer side.
 */
import { defined } from "@tapegrad/core/internal";

export interface Tiling {
  /** Vectors of a panel. */
  readonly width: number;
  /** Top to bottom. */
  readonly heights: readonly (Height & Sets)[];
}

/** So many row tiles of a height. */
interface Height {
  readonly height: number;
  readonly count: number;
}

/** How many accumulators make each sum, in turn: in whole panels, and in a last one that is narrow. */
export interface Sets {
  readonly sets: number;
  readonly lastSets: number;
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
function cost(height: number, width: number, fma: boolean, sets: number): number {
  const products = height * width;
  const sums = products * sets;
  const waiting = fma ? 0.05 * Math.max(0, sumsInFlight - sums) : 0;
  return Math.max(products * (1 + waiting), 1.4 * width) + 0.2 * width + 0.4;
}

/** How often the accumulators of a tile fit into the registers: up to 14 values live, 15 without the product's own. */
export function accumulatorSets(height: number, width: number, fma: boolean): number {
  const free = (fma ? 15 : 14) - Math.min(height, width) - 1;
  return Math.max(1, Math.min(4, Math.floor(free / (height * width))));
}

/** Rows divided evenly among tiles of at most `most` rows: 25 by 6 is five times 5. */
function evenly(rows: number, most: number): readonly Height[] {
  const tiles = Math.ceil(rows / most);
  const height = Math.floor(rows / tiles);
  const higher = rows - tiles * height;
  return [
    { height: height + 1, count: higher },
    { height, count: tiles - higher },
  ].filter(({ count }) => count > 0);
}

/** Tiles of `most` rows, and what is left in tiles of at most `last`: 32 by 6 is five times 6 and one of 2. */
function byWholeTiles(rows: number, most: number, last: number): readonly Height[] {
  const whole = { height: most, count: Math.floor(rows / most) };
  const rest = rows % most;
  return [whole, ...(rest > 0 ? evenly(rest, last) : [])].filter(({ count }) => count > 0);
}

/** The extent of a product, and tiles that are asked for. */
interface Tiled {
  readonly rows: number;
  readonly vectors: number;
  readonly width: number;
  readonly most: number;
  readonly fma: boolean;
  readonly setsOf: (height: number) => Sets;
}

/** The rows as tiles of at most `most` rows, in the ways that there are, and how long each takes. */
function choicesOf({ rows, vectors, width, most, fma, setsOf }: Tiled) {
  const rest = vectors % width;
  return [evenly(rows, most), byWholeTiles(rows, most, most), byWholeTiles(rows, most, 3)].map((tiles) => {
    const heights = tiles.map((tile) => ({ ...tile, ...setsOf(tile.height) }));
    const time = heights.reduce((sum, { height, count, sets, lastSets }) => {
      const panels =
        Math.floor(vectors / width) * cost(height, width, fma, sets) +
        (rest > 0 ? cost(height, rest, fma, lastSets) : 0);
      return sum + count * panels;
    }, 0);
    return { width, heights, time };
  });
}

function fastest<Choice extends { readonly time: number }>(choices: readonly Choice[]): Choice {
  return choices.reduce((best, choice) => (choice.time < best.time ? choice : best));
}

export function chooseTiling(rows: number, vectors: number, fma: boolean): Tiling {
  const choices = candidates[fma ? "fused" : "separate"].flatMap(([width, most]) => {
    const setsOf = (height: number) => mostSets(height, width, vectors, fma);
    return choicesOf({ rows, vectors, width, most, fma, setsOf });
  });
  const { width, heights } = fastest(choices);
  return { width, heights };
}

function mostSets(height: number, width: number, vectors: number, fma: boolean): Sets {
  return {
    sets: accumulatorSets(height, width, fma),
    lastSets: accumulatorSets(height, vectors % width || width, fma),
  };
}

/** Tiles for rows of which each sum is made in a given way; `vectors` are those of the product that the way was chosen for. */
export function tilesWith(sets: Sets, rows: number, width: number, vectors: number, fma: boolean): Tiling["heights"] {
  const highest = defined(
    candidates[fma ? "fused" : "separate"].find((candidate) => candidate[0] === width),
    "tile",
  )[1];
  const hasRoom = (height: number) => {
    const most = mostSets(height, width, vectors, fma);
    return most.sets >= sets.sets && most.lastSets >= sets.lastSets;
  };
  const most = Array.from({ length: highest }, (_, i) => highest - i).find(hasRoom) ?? 1;
  return fastest(choicesOf({ rows, vectors, width, most, fma, setsOf: () => sets })).heights;
}
