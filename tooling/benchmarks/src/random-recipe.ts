/**
 * Recurrent cells drawn at random, as data: two to five gates, each a random nonlinearity of an affine map of the state h and
 * the input x, combined elementwise into the next state. Every nonlinearity and combination maps [−1, 1] into itself, so states
 * stay there.
 */

export type Nonlinearity = "sigmoid" | "tanh" | "sin" | "erf" | "softsign" | "gaussian";
export type Unary = "tanh" | "sin" | "neg";
/** `mean` is half the sum, `difference` half the difference. */
export type Binary = "mul" | "mean" | "difference" | "maximum" | "minimum";

/** How the affine map of a gate is written: of [h, x] at once, or as the sum of two products. */
export type Spelling = "joined" | "apart";

export interface Gate {
  readonly spelling: Spelling;
  readonly nonlinearity: Nonlinearity;
}

/** What is combined: gates and states by their number; in h′, state 1 is the new one. */
export type Expression =
  | { readonly kind: "gate" | "state"; readonly index: number }
  | { readonly kind: "unary"; readonly name: Unary; readonly of: Expression }
  | { readonly kind: "binary"; readonly name: Binary; readonly left: Expression; readonly right: Expression }
  /** z ⊙ left + (1 − z) ⊙ right, z a sigmoid gate. */
  | { readonly kind: "mix"; readonly gate: number; readonly left: Expression; readonly right: Expression };

export interface Recipe {
  readonly gates: readonly Gate[];
  /** h′ and, in a cell with two states, c′, which is computed first. */
  readonly next: readonly Expression[];
}

const nonlinearities: readonly Nonlinearity[] = ["sigmoid", "tanh", "sin", "erf", "softsign", "gaussian"];
const unaries: readonly Unary[] = ["tanh", "sin", "neg"];
const binaries: readonly Binary[] = ["mul", "mean", "difference", "maximum", "minimum"];
const spellings: readonly Spelling[] = ["joined", "apart"];

type Draw = <T>(list: readonly T[]) => T;

/** Always the same for the same seed. Every gate is used once; h enters the gates, c the combinations. */
export function drawRecipe(seed: number): Recipe {
  const draw = drawFrom(seed);
  const drawn = Array.from({ length: draw([2, 3, 4, 5]) }, () => ({
    spelling: draw(spellings),
    nonlinearity: draw(nonlinearities),
  }));
  const order = shuffled([...drawn.keys()], draw);
  const states = draw([1, 2]);
  // Of two states c′ takes the first half of the gates and h′ the rest.
  const half = Math.ceil(order.length / 2);
  const shares = states === 1 ? [order] : [order.slice(half), order.slice(0, half)];
  const mixing = shares.map((share) => (share.length > 1 && draw([true, false]) ? share[0] : undefined));
  const next = shares.map((share, i) => combine(share, { kind: "state", index: states - 1 }, mixing[i], draw));
  const gates = drawn.map((gate, i): Gate => (mixing.includes(i) ? { ...gate, nonlinearity: "sigmoid" } : gate));
  return { gates, next };
}

/** One expression of the gates and the state, each once, in random order; gate `mixing` weighs the last against the rest. */
function combine(gates: readonly number[], state: Expression, mixing: number | undefined, draw: Draw): Expression {
  const parts = gates.filter((index) => index !== mixing).map((index): Expression => ({ kind: "gate", index }));
  const [first, ...others] = shuffled([...parts, state], draw);
  if (first === undefined) throw new Error("nothing to combine");
  return others.reduce<Expression>((left, right, position) => {
    if (mixing !== undefined && position === others.length - 1) return { kind: "mix", gate: mixing, left, right };
    const joined: Expression = { kind: "binary", name: draw(binaries), left, right };
    return draw([0, 1, 2]) === 0 ? { kind: "unary", name: draw(unaries), of: joined } : joined;
  }, first);
}

function shuffled<T>(list: readonly T[], draw: Draw): T[] {
  const rest = [...list];
  return list.map(() => rest.splice(draw([...rest.keys()]), 1)[0]).filter((item) => item !== undefined);
}

/** Mulberry32: a 32-bit counter, hashed. */
function drawFrom(seed: number): Draw {
  let counter = seed;
  const next = () => {
    counter = (counter + 0x6d2b79f5) | 0;
    let hash = Math.imul(counter ^ (counter >>> 15), counter | 1);
    hash ^= hash + Math.imul(hash ^ (hash >>> 7), hash | 61);
    return ((hash ^ (hash >>> 14)) >>> 0) / 2 ** 32;
  };
  return (list) => {
    const [item] = list.slice(Math.floor(next() * list.length));
    if (item === undefined) throw new Error("nothing to draw from");
    return item;
  };
}

/** The equations, in a line. */
export function describeRecipe({ gates, next }: Recipe): string {
  const states = next.length === 1 ? ["h"] : ["h", "c"];
  const equations = gates.map(({ nonlinearity, spelling }, index) => {
    const map = spelling === "joined" ? `[h, x]·W${index} + b${index}` : `h·U${index} + x·V${index} + b${index}`;
    return `g${index} = ${nonlinearity}(${map})`;
  });
  const updates = states.map((name, index) => {
    const expression = next[index];
    if (expression === undefined) throw new Error(`no expression for ${name}`);
    return `${name}′ = ${describe(expression, index === 0 && states.length === 2 ? ["h", "c′"] : states)}`;
  });
  return [...equations, ...updates.toReversed()].join("; ");
}

function describe(expression: Expression, states: readonly string[]): string {
  switch (expression.kind) {
    case "gate":
      return `g${expression.index}`;
    case "state":
      return states[expression.index] ?? "?";
    case "unary":
      return `${expression.name}(${describe(expression.of, states)})`;
    case "binary":
      return `${expression.name}(${describe(expression.left, states)}, ${describe(expression.right, states)})`;
    case "mix":
      return `mix(g${expression.gate}, ${describe(expression.left, states)}, ${describe(expression.right, states)})`;
  }
}
