/** A cell from a recipe, written in ops as a user would. */
import {
  abs,
  add,
  type Cell,
  concat,
  div,
  erf,
  exp,
  type Generator,
  Module,
  matmul,
  maximum,
  minimum,
  mul,
  neg,
  Parameter,
  sigmoid,
  sin,
  square,
  sub,
  type Tensor,
  tanh,
  zeros,
} from "tapegrad";
import type { Binary, Expression, Nonlinearity, Recipe, Spelling, Unary } from "./random-recipe.ts";
import { Affine } from "./written-cells.ts";

const nonlinearities: Record<Nonlinearity, (x: Tensor) => Tensor> = {
  sigmoid,
  tanh,
  sin,
  erf,
  softsign: (x) => div(x, add(1, abs(x))),
  gaussian: (x) => exp(neg(square(x))),
};

const unaries: Record<Unary, (x: Tensor) => Tensor> = { tanh, sin, neg };

const binaries: Record<Binary, (a: Tensor, b: Tensor) => Tensor> = {
  mul,
  mean: (a, b) => mul(0.5, add(a, b)),
  difference: (a, b) => mul(0.5, sub(a, b)),
  maximum,
  minimum,
};

/** The affine map of h and x, both [batch, H], to a gate [batch, H]. */
class GateMap extends Module {
  readonly joined: Affine | undefined;
  readonly ofInput: Affine | undefined;
  readonly ofHidden: Parameter | undefined;

  constructor(spelling: Spelling, hidden: number, generator: Generator) {
    super();
    const bound = 1 / Math.sqrt(hidden);
    if (spelling === "joined") this.joined = new Affine(2 * hidden, hidden, generator);
    else {
      this.ofInput = new Affine(hidden, hidden, generator);
      this.ofHidden = new Parameter(generator.uniform([hidden, hidden], { low: -bound, high: bound }));
    }
  }

  forward(h: Tensor, x: Tensor): Tensor {
    if (this.joined !== undefined) return this.joined.forward(concat([h, x], { axis: -1 }));
    if (this.ofInput === undefined || this.ofHidden === undefined) throw new Error("a map is joined or apart");
    return add(matmul(h, this.ofHidden), this.ofInput.forward(x));
  }
}

/** States are h and, if the recipe says so, c. The output is h′. */
export class RandomCell extends Module implements Cell<Tensor[]> {
  readonly recipe: Recipe;
  readonly hidden: number;
  readonly maps: readonly GateMap[];

  constructor(recipe: Recipe, hidden: number, generator: Generator) {
    super();
    this.recipe = recipe;
    this.hidden = hidden;
    this.maps = recipe.gates.map(({ spelling }) => new GateMap(spelling, hidden, generator));
  }

  initialState(batch: number): Tensor[] {
    return this.recipe.next.map(() => zeros([batch, this.hidden]));
  }

  forward(x: Tensor, state: Tensor[]) {
    return this.step(x, state);
  }

  step(x: Tensor, [h, c]: Tensor[]) {
    if (h === undefined) throw new Error("a cell has a state");
    const gates = this.maps.map((map, index) =>
      nonlinearities[item(this.recipe.gates, index).nonlinearity](map.forward(h, x)),
    );
    const [ofHidden, ofCell] = this.recipe.next;
    const evaluate = (expression: Expression, states: readonly (Tensor | undefined)[]): Tensor => {
      switch (expression.kind) {
        case "gate":
          return item(gates, expression.index);
        case "state":
          return item(states, expression.index);
        case "unary":
          return unaries[expression.name](evaluate(expression.of, states));
        case "binary":
          return binaries[expression.name](evaluate(expression.left, states), evaluate(expression.right, states));
        case "mix": {
          const z = item(gates, expression.gate);
          const [left, right] = [evaluate(expression.left, states), evaluate(expression.right, states)];
          return add(mul(z, left), mul(sub(1, z), right));
        }
      }
    };
    const cell = ofCell === undefined ? undefined : evaluate(ofCell, [h, c]);
    if (ofHidden === undefined) throw new Error("a recipe has a state");
    const hidden = evaluate(ofHidden, [h, cell]);
    return { output: hidden, state: cell === undefined ? [hidden] : [hidden, cell] };
  }
}

function item<T>(list: readonly (T | undefined)[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`no item ${index}`);
  return found;
}
