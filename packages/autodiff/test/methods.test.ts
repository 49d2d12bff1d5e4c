/** A method that is handed over without its object says so, wherever a function is taken. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { Parameter, setBackend, TapegradError, type Tensor, tensor, withParameters } from "@tapegrad/core";
import { mul, sum } from "@tapegrad/ops";
import { expect, it } from "vitest";
import * as autodiff from "../src/index.ts";

setBackend(cpuBackend);

class Model {
  readonly weight = new Parameter([2]);
  readonly #bias = new Parameter([2]);
  loss(x: Tensor): Tensor {
    return sum(mul(x, this.weight));
  }
  hidden(x: Tensor): Tensor {
    return sum(mul(x, this.#bias));
  }
  next(h: Tensor, x: Tensor): [Tensor, null] {
    return [mul(mul(h, x), this.weight), null];
  }
  pair(x: Tensor): [Tensor, Tensor] {
    return [mul(x, this.weight), x];
  }
  value(): Tensor {
    return this.weight.value;
  }
}

const model = new Model();
const x = tensor([3]);
const { loss, hidden, next, pair, value } = model;
const whole = () => sum(x);

it.each<[string, string, () => unknown]>([
  ["grad", "function to differentiate", () => autodiff.grad(loss)(x)],
  ["valueAndGrad", "function to differentiate", () => autodiff.valueAndGrad(loss)(x)],
  ["vjp", "function to differentiate", () => autodiff.vjp(loss, x)],
  ["jvp", "function to differentiate", () => autodiff.jvp(loss, [x], [x])],
  ["jacobian", "function to differentiate", () => autodiff.jacobian(loss)(x)],
  ["hessian", "function to differentiate", () => autodiff.hessian(loss)(x)],
  ["hvp", "function to differentiate", () => autodiff.hvp(loss, x, x)],
  ["compile", "function to compile", () => autodiff.compile(loss)(x)],
  ["vmap", "function to vectorise", () => autodiff.vmap(loss)(x)],
  ["checkpoint", "function to checkpoint", () => autodiff.checkpoint(loss)(x)],
  ["scan", "step", () => autodiff.scan(next, x, tensor([[1], [2]]))],
  ["cond", "whenTrue", () => autodiff.cond(tensor(true), value, whole)],
  ["cond", "whenFalse", () => autodiff.cond(tensor(false), whole, value)],
  ["customVjp", "forward", () => autodiff.customVjp({ forward: pair, backward: () => [x] })(x)],
  ["noGrad", "function to run", () => autodiff.noGrad(value)],
  ["detectAnomaly", "function to run", () => autodiff.detectAnomaly(value)],
  ["record", "function to record", () => new autodiff.Tape().record(value)],
  ["withParameters", "function to run", () => withParameters([model.weight], [x], value)],
])("%s says of its %s that it has lost its object", (op, what, call) => {
  const remedy = "pass a function such as (...inputs) => model.forward(...inputs)";
  expect(call).toThrow(
    new TapegradError(op, `the ${what} is a method without its object: it reads this.weight`, remedy),
  );
});

it("sees private fields, and leaves bound methods and other errors alone", () => {
  expect(() => autodiff.grad(hidden)(x)).toThrow("it reads this.#private");
  expect(autodiff.grad(loss.bind(model))(x).dataSync()).toEqual(Float32Array.of(2));
  const wrong = () => Reflect.get(Object(undefined), "a").b;
  expect(() => autodiff.compile(wrong)()).toThrow(TypeError);
});
