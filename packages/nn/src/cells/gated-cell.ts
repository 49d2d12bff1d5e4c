/** The common part of cells with gates: their Parameters, and the affine maps of input and state. */
import type { Parameter, Tensor } from "@tapegrad/core";
import { checkBoolean, checkCount, lend } from "@tapegrad/core/internal";
import { slice, split, zeros } from "@tapegrad/ops";
import {
  type GeneratorOptions,
  generatorOptions,
  generatorOr,
  uniformParameter,
} from "../initialization/initialization.ts";
import { affine } from "../layers/linear.ts";
import { CheckedCell } from "./checked-cell.ts";

/** Options that all cells share. */
export interface CellOptions extends GeneratorOptions {
  readonly bias?: boolean | undefined;
}

export const cellOptions = { bias: checkBoolean, ...generatorOptions } as const;

/**
 * A cell with an affine map of the input and one of the hidden state, `gates` times as wide as its state. Parameter names are
 * PyTorch's: `weight_ih` [gates·hidden, input], `weight_hh` [gates·hidden, output], `bias_ih` and `bias_hh` [gates·hidden].
 */
export abstract class GatedCell<State> extends CheckedCell<State> {
  readonly input: number;
  readonly hidden: number;
  /** The size of h: `hidden`, unless the cell projects it. */
  readonly output: number;
  readonly weight_ih: Parameter;
  readonly weight_hh: Parameter;
  readonly bias_ih: Parameter | undefined;
  readonly bias_hh: Parameter | undefined;

  /** All initially uniform on ±1/√hidden (PyTorch's default). */
  constructor(
    gates: number,
    input: number,
    hidden: number,
    { bias = true, generator }: CellOptions,
    output: number = hidden,
  ) {
    super();
    this.input = checkCount(new.target.name, "input size", input);
    this.hidden = checkCount(new.target.name, "hidden size", hidden, 1);
    this.output = output;
    const random = generatorOr(generator);
    const bound = 1 / Math.sqrt(hidden);
    const op = new.target.name;
    const parameter = (name: string, shape: number[]) => uniformParameter(op, name, shape, bound, random);
    this.weight_ih = parameter("weight_ih", [gates * hidden, input]);
    this.weight_hh = parameter("weight_hh", [gates * hidden, output]);
    this.bias_ih = bias ? parameter("bias_ih", [gates * hidden]) : undefined;
    this.bias_hh = bias ? parameter("bias_hh", [gates * hidden]) : undefined;
  }

  protected inputProjection(x: Tensor): Tensor {
    return affine(this.constructor.name, x, this.weight_ih, this.bias_ih);
  }

  protected hiddenProjection(h: Tensor): Tensor {
    return affine(this.constructor.name, h, this.weight_hh, this.bias_hh);
  }

  /** The part of the hidden projection that belongs to the gates from `first` until before `last`. */
  protected hiddenGates(h: Tensor, first: number, last: number): Tensor {
    const rows = (parameter: Parameter) => slice(parameter, [first * this.hidden], [last * this.hidden]);
    const bias = this.bias_hh === undefined ? undefined : rows(this.bias_hh);
    return affine(this.constructor.name, h, rows(this.weight_hh), bias);
  }

  protected zeroState(batch: number, size: number = this.hidden): Tensor {
    return zeros([checkCount(this.constructor.name, "batch", batch), size], { dtype: lend(this.weight_hh).dtype });
  }
}

/** The equal parts of a projection, one per gate, along the feature axis or another one. */
export function gates<N extends keyof GateTuple>(projection: Tensor, count: N, axis = -1): GateTuple[N] {
  const parts = split(projection, count, { axis });
  return parts as GateTuple[N]; // `split` returns exactly `count` parts; its type cannot say so.
}

interface GateTuple {
  2: [Tensor, Tensor];
  3: [Tensor, Tensor, Tensor];
  4: [Tensor, Tensor, Tensor, Tensor];
}
