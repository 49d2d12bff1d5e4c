/** A scope around a call changes nothing but when memory is freed: what was captured, or belongs to somebody, stays. */
import { expect, it, test } from "vitest";
import {
  Adagrad,
  Adam,
  AdamW,
  add,
  type Backend,
  checkpoint,
  compile,
  cond,
  cpu,
  customVjp,
  Dropout,
  Generator,
  grad,
  greater,
  LSTM,
  Module,
  mul,
  ones,
  Parameter,
  RMSprop,
  SGD,
  scan,
  scope,
  square,
  sum,
  Tape,
  type Tensor,
  tensor,
  vjp,
  vmap,
  wasm,
  withBackend,
  withParameters,
} from "../src/index.ts";

const backends: readonly (readonly [string, Backend])[] = [
  ["cpu", await cpu()],
  ["wasm", await wasm()],
];

type Step = (x: Tensor) => Tensor;

const constant = () => tensor([1, 2]);
const freed = <T extends Tensor>(t: T) => {
  t.dispose();
  return t;
};

/** Functions of two elements. Each call of one of these makes another. */
const steps: Readonly<Record<string, () => Step>> = {
  "a constant": () => (x) => add(x, constant()),
  "a constant in a scope of its own": () => (x) => scope(() => add(x, constant())),
  "a constant that is disposed of": () => (x) => {
    const own = constant();
    const result = add(x, own);
    own.dispose();
    return result;
  },
  "a constant as the result": () => () => constant(),
  "a constant that is assigned": () => {
    const p = new Parameter([0, 0]);
    return (x) => {
      p.assign(constant());
      return add(x, p);
    };
  },
  "a constant that is bound and assigned": () => {
    const p = new Parameter([0, 0]);
    return (x) =>
      withParameters([p], [constant()], () => {
        scope(() => p.assign(mul(p.value, constant())));
        scope(() => p.assign(add(p.value, constant())));
        return add(x, p);
      });
  },
  "a Generator": () => {
    const generator = new Generator(1);
    return (x) => add(x, generator.uniform([2], { low: 2, high: 4 }));
  },
  "Dropout that was made in a scope": () => {
    const layer = scope(() => new Dropout(0.5, { generator: new Generator(3) }));
    return (x) => layer.forward(x);
  },
  branches: () => (x) =>
    cond(
      greater(sum(x), 0),
      (y: Tensor) => scope(() => add(y, constant())),
      (y: Tensor) => mul(y, constant()),
      x,
    ),
  "a loop": () => (x) => scan((h: Tensor) => scope(() => [mul(h, constant()), null]), x, null, { length: 3 })[0],
  "a loop's gradient": () =>
    grad((x: Tensor) =>
      sum(scan((h: Tensor) => scope(() => [mul(square(h), constant()), null]), x, null, { length: 3 })[0]),
    ),
  "a checkpoint's gradient": () =>
    grad((x: Tensor) => sum(checkpoint((y: Tensor) => scope(() => square(mul(y, constant()))))(x))),
  "a rule of one's own": () =>
    grad((x: Tensor) =>
      sum(
        customVjp({
          forward: (y: Tensor) => {
            const factor = constant();
            return [mul(y, factor), { factor }];
          },
          backward: ({ factor }, g) => [mul(g, factor)],
        })(x),
      ),
    ),
  "a batch": () => vmap((x: Tensor) => scope(() => mul(x, tensor(3)))),
};

const values = (t: Tensor) => [...t.dataSync()];

it.each(
  backends.flatMap(([name, backend]) =>
    Object.entries(steps).flatMap(([what, make]) => [
      [`${name}, eager: ${what}`, backend, make] as const,
      [`${name}, compiled: ${what}`, backend, () => compile(make())] as const,
    ]),
  ),
)("%s", (_, backend, make) =>
  withBackend(backend, () => {
    const x = tensor([3, 4]);
    const [plain, scoped] = [make(), make()];
    for (let call = 0; call < 3; call++) expect(values(scope(() => scoped(x)))).toEqual(values(plain(x)));
  }),
);

test.each(backends)("%s: a recording made in a scope outlives it", (_, backend) =>
  withBackend(backend, () => {
    let f: Step = (x) => x;
    scope(() => {
      const generator = new Generator(2);
      f = compile((x) => mul(add(x, constant()), add(generator.bernoulli(1, [2]), 1)));
      f(tensor([0, 0]));
    });
    expect(values(f(tensor([0, 0])))).toEqual([2, 4]);
  }),
);

test.each(backends)("%s: models and optimisers that were made in a scope train in scopes", (_, backend) => {
  class Masked extends Module {
    readonly mask = tensor([1, 0]);
    readonly layers = [{ scale: tensor(2) }];
    readonly named = new Map([["shift", tensor(1)]]);
    forward(x: Tensor) {
      return add(mul(mul(x, this.mask), this.layers[0]?.scale ?? 0), this.named.get("shift") ?? 0);
    }
  }
  const train = (inScope: <T>(fn: () => T) => T, isCompiled: boolean) =>
    [SGD, Adam, AdamW, RMSprop, Adagrad].map((Optimizer) => {
      const { model, optimizer, mask } = inScope(() => {
        const made = new LSTM(2, 3, { generator: new Generator(1) });
        return {
          model: made,
          mask: new Masked(),
          optimizer: new Optimizer(made.parameters(), { learningRate: 0.1 }),
        };
      });
      const step = (x: Tensor) => {
        const tape = new Tape();
        const loss = tape.record(() => sum(square(model.forward(mask.forward(x)).output)));
        optimizer.step(tape.gradient(loss, model.parameters()));
        return loss;
      };
      const run = isCompiled ? compile(step) : step;
      const x = ones([1, 3, 2]);
      return [1, 2, 3].map(() => inScope(() => run(x)).itemSync());
    });
  withBackend(backend, () => {
    for (const isCompiled of [true, false]) expect(train(scope, isCompiled)).toEqual(train((fn) => fn(), isCompiled));
  });
});

test.each(backends)("%s: tapes and pullbacks that outlive a scope, whose target is gone", (_, backend) =>
  withBackend(backend, () => {
    const [x, other] = [tensor([3, 4]), tensor([1])];
    const tape = new Tape();
    const loss = freed(scope(() => tape.record(() => sum(mul(square(x), constant())))));
    expect(tape.gradient(loss, [x, other]).map(values)).toEqual([[6, 16], [0]]);
    const { value, pullback } = scope(() => vjp((y: Tensor) => mul(square(y), constant()), x));
    value.dispose();
    expect(values(pullback(ones([2]))[0])).toEqual([6, 16]);
  }),
);
