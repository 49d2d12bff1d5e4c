/** Uses the packages as a library would whose own declarations are shipped. */

import * as conformance from "@tapegrad/conformance";
import * as samples from "@tapegrad/ops/samples";
import * as safetensors from "@tapegrad/safetensors";
import * as umbrella from "tapegrad";
import {
  Adam,
  compile,
  grad,
  Linear,
  LSTM,
  mseLoss,
  scan,
  sum,
  Tape,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
} from "tapegrad";

export const everything = { umbrella, safetensors, conformance, samples };

export const double = compile((x) => sum(x.mul(2)));
export const derivative = grad((x) => sum(x.square()));
export const both = valueAndGrad((x) => x.sum());
export const running = (xs: Tensor) => scan((h: Tensor, x: Tensor) => [h.add(x), h], tensor(0), xs);
export const pulled = vjp((x: Tensor) => x.tanh(), tensor([1, 2]));

export class Model {
  readonly lstm = new LSTM(1, 16);
  readonly head = new Linear(16, 1);
  readonly parameters = [...this.lstm.parameters(), ...this.head.parameters()];
  readonly optimizer = new Adam(this.parameters, { learningRate: 0.02 });

  train(inputs: Tensor, targets: Tensor): Tensor {
    const tape = new Tape();
    const loss = tape.record(() => mseLoss(this.head.forward(this.lstm.forward(inputs).output), targets));
    this.optimizer.step(tape.gradient(loss, this.parameters));
    return loss;
  }
}

// @ts-expect-error The types are there, not any.
export const wrong: string = tensor(1);
