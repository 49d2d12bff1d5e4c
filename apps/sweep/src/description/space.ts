/**
 * A space of parameters. Each parameter has a kind of axis, which determines its description and the value that a random number
 * u in [0, 1) becomes.
 */

export type Value = number | string | boolean;

/** Every value of a `grid` meets every value of the other grids; from other axes values are drawn. */
export type Axis =
  | { readonly grid: readonly Value[] }
  /** Each as likely. */
  | { readonly choice: readonly Value[] }
  | { readonly uniform: readonly [from: number, to: number] }
  /** Its logarithm is uniform: for learning rates. */
  | { readonly logUniform: readonly [from: number, to: number] };

export type Space = Readonly<Record<string, Axis>>;

type ValueOf<A extends Axis> = A extends { readonly grid: readonly (infer V)[] }
  ? V
  : A extends { readonly choice: readonly (infer V)[] }
    ? V
    : number;

/** What a trial gets: a value for each axis of the space. */
export type ParametersOf<S extends Space> = { readonly [Name in keyof S]: ValueOf<S[Name]> };

export type Parameters = Readonly<Record<string, Value>>;

interface Kind<Content> {
  /** Completes "needs …". */
  readonly needs: string;
  accepts(content: unknown): content is Content;
  draw(content: Content, u: number): Value;
}

const isValue = (value: unknown): value is Value =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));

const isList = (content: unknown): content is readonly Value[] =>
  Array.isArray(content) && content.length > 0 && content.every(isValue) && new Set(content).size === content.length;

const isRange = (content: unknown): content is readonly [number, number] => {
  if (!Array.isArray(content) || content.length !== 2) return false;
  const [from, to]: unknown[] = content;
  return typeof from === "number" && typeof to === "number" && Number.isFinite(to - from) && from < to;
};

const list: Kind<readonly Value[]> = {
  needs: "a list of different numbers, strings or booleans",
  accepts: isList,
  draw: (values, u) => values[Math.floor(u * values.length)] ?? 0,
};

/** The kinds of axes by their keys. */
export const kinds = {
  grid: list,
  choice: list,
  /** from + u (to − from). */
  uniform: {
    needs: "two numbers, the smaller first",
    accepts: isRange,
    draw: ([from, to], u) => from + u * (to - from),
  } satisfies Kind<readonly [number, number]>,
  /** exp(log from + u (log to − log from)). */
  logUniform: {
    needs: "two numbers above 0, the smaller first",
    accepts: (content: unknown): content is readonly [number, number] => isRange(content) && content[0] > 0,
    draw: ([from, to], u) => Math.exp(Math.log(from) + u * (Math.log(to) - Math.log(from))),
  } satisfies Kind<readonly [number, number]>,
};

/** The value of an axis from which values are drawn. */
export function draw(axis: Exclude<Axis, { readonly grid: unknown }>, u: number): Value {
  if ("choice" in axis) return kinds.choice.draw(axis.choice, u);
  return "uniform" in axis ? kinds.uniform.draw(axis.uniform, u) : kinds.logUniform.draw(axis.logUniform, u);
}

/** What is wrong with `value` as an axis; undefined for a good one. */
export function faultOfAxis(value: unknown): string | undefined {
  const entries = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  const [kind, content] = entries[0] ?? [];
  const known: Readonly<Record<string, { readonly needs: string; accepts(content: unknown): boolean }>> = kinds;
  const found = kind === undefined || !Object.hasOwn(known, kind) ? undefined : known[kind];
  if (found === undefined || entries.length !== 1) {
    return `needs one of ${Object.keys(kinds).join(", ")}: ${JSON.stringify(value)}`;
  }
  return found.accepts(content) ? undefined : `${kind} needs ${found.needs}: ${JSON.stringify(content)}`;
}
