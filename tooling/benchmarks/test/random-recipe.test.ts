/** Random recipes use what they draw, and differ. */
import { expect, it } from "vitest";
import { describeRecipe, drawRecipe, type Expression } from "../src/random-recipe.ts";

const recipes = Array.from({ length: 200 }, (_, seed) => drawRecipe(seed));

/** The gates in an expression, and the states. */
function leaves(expression: Expression): string[] {
  switch (expression.kind) {
    case "gate":
    case "state":
      return [`${expression.kind} ${expression.index}`];
    case "unary":
      return leaves(expression.of);
    case "binary":
      return [...leaves(expression.left), ...leaves(expression.right)];
    case "mix":
      return [`gate ${expression.gate}`, ...leaves(expression.left), ...leaves(expression.right)];
  }
}

it("a seed always gives the same recipe", () => {
  expect(drawRecipe(7)).toEqual(drawRecipe(7));
  expect(new Set(recipes.map(describeRecipe)).size).toBeGreaterThan(190);
});

it("two to five gates, one or two states, each combined once", () => {
  expect(new Set(recipes.map(({ gates }) => gates.length))).toEqual(new Set([2, 3, 4, 5]));
  expect(new Set(recipes.map(({ next }) => next.length))).toEqual(new Set([1, 2]));
  for (const { gates, next } of recipes) {
    const used = next.flatMap(leaves);
    const gateLeaves = used.filter((leaf) => leaf.startsWith("gate")).toSorted();
    expect(gateLeaves).toEqual([...gates.keys()].map((index) => `gate ${index}`));
    for (const expression of next) expect(leaves(expression)).toContain(`state ${next.length - 1}`);
  }
});

it("is described as equations, c′ before h′", () => {
  const gates = [
    { spelling: "joined", nonlinearity: "sigmoid" },
    { spelling: "apart", nonlinearity: "sin" },
  ] as const;
  const state = { kind: "state", index: 1 } as const;
  const gate = (index: number) => ({ kind: "gate", index }) as const;
  const mixed: Expression = { kind: "mix", gate: 0, left: gate(1), right: state };
  const hidden: Expression = { kind: "unary", name: "tanh", of: state };
  expect(describeRecipe({ gates, next: [hidden, mixed] })).toBe(
    "g0 = sigmoid([h, x]·W0 + b0); g1 = sin(h·U1 + x·V1 + b1); c′ = mix(g0, g1, c); h′ = tanh(c′)",
  );
});
