/**
 * Learning-rate schedules: functions of the number of steps done, written in ops. An optimiser with a schedule counts its own
 * steps, also inside a compiled step; `optimizer.learningRate = schedule(n)` does the same by hand. Schedules are functions and
 * can be composed: `(n) => mul(0.1, cosine(1, { steps: 100 })(n))` is one.
 */
import { defaultDType, isFloat, type Tensor } from "@tapegrad/core";
import { checkCount, checkFunction, optionsOf } from "@tapegrad/core/internal";
import {
  add,
  cos,
  div,
  floor,
  full,
  less,
  maximum,
  minimum,
  mul,
  pow,
  sub,
  type TensorLike,
  where,
  zerosLike,
} from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { checked } from "./hyperparameter.ts";

/** The learning rate of the step that follows `step` others (the first has `step` 0): a scalar for a scalar. */
export type Schedule = (step: TensorLike) => Tensor;

/**
 * `rate`, always.
 * @throws TapegradError unless it is a number from 0.
 * @pytorch torch.optim.lr_scheduler.ConstantLR
 * @example
 * import { Parameter, schedules, SGD } from "tapegrad";
 * const optimizer = new SGD([new Parameter(1)], { learningRate: schedules.constant(0.1) });
 * console.log(optimizer.learningRate); // → Tensor(float32 []) 0.1
 */
export function constant(rate: number): Schedule {
  checked("constant", "learning rate", rate);
  return scheduled("constant", (done) =>
    full(done.shape, rate, { dtype: isFloat(done.dtype) ? done.dtype : defaultDType(), like: done }),
  );
}

/**
 * From `start` to `end` in a straight line over `steps` steps, and `end` from then on.
 * @pytorch torch.optim.lr_scheduler.LinearLR
 * @example
 * import { schedules } from "tapegrad";
 * const rate = schedules.linear(0.1, 0, { steps: 10 });
 * console.log([0, 5, 10, 20].map((step) => rate(step).itemSync().toFixed(2))); // → [ '0.10', '0.05', '0.00', '0.00' ]
 */
export function linear(start: number, end: number, options: { readonly steps: number }): Schedule {
  const { steps } = optionsOf("linear", options, { steps: true });
  checked("linear", "learning rate", start);
  checked("linear", "learning rate", end);
  checkCount("linear", "number of steps", steps, 1);
  return scheduled("linear", (done) => add(start, mul(end - start, progress(done, steps))));
}

/** Options of `cosine`. */
export interface CosineOptions {
  /** How long the way from the first rate to the last takes. */
  readonly steps: number;
  /** Where it ends, and stays; 0 by default. Above the first rate it makes the rate rise. */
  readonly floor?: number | undefined;
}

const cosineOptions = { steps: true, floor: true } as const;

/**
 * floor + (rate − floor)·(1 + cos πt/steps)/2: half a cosine down (Loshchilov and Hutter, 2017, without restarts), or up
 * where `floor` is above `rate`.
 * @throws TapegradError for numbers out of range.
 * @pytorch torch.optim.lr_scheduler.CosineAnnealingLR
 * @example
 * import { cosine } from "tapegrad";
 * const rate = cosine(0.1, { steps: 100 });
 * console.log([0, 50, 100].map((step) => rate(step).itemSync().toFixed(3))); // → [ '0.100', '0.050', '0.000' ]
 */
export function cosine(rate: number, options: CosineOptions): Schedule {
  const { steps, floor: end = 0 } = optionsOf("cosine", options, cosineOptions);
  checked("cosine", "learning rate", rate);
  checked("cosine", "floor", end);
  checkCount("cosine", "number of steps", steps, 1);
  return scheduled("cosine", (done) =>
    add(end, mul((rate - end) / 2, add(1, cos(mul(Math.PI, progress(done, steps)))))),
  );
}

/** Options of the schedule `step`. */
export interface StepOptions {
  /** After how many steps the rate changes, again and again. */
  readonly every: number;
  /** By what it is multiplied then; 0.1 by default. */
  readonly factor?: number | undefined;
}

const stepOptions = { every: true, factor: true } as const;

/**
 * rate · factor^⌊t/every⌋: a staircase.
 * @pytorch torch.optim.lr_scheduler.StepLR
 * @example
 * import { schedules } from "tapegrad";
 * const rate = schedules.step(1, { every: 30, factor: 0.1 });
 * console.log([0, 29, 30, 60].map((step) => rate(step).itemSync().toFixed(2))); // → [ '1.00', '1.00', '0.10', '0.01' ]
 */
export function step(rate: number, options: StepOptions): Schedule {
  const { every, factor = 0.1 } = optionsOf("step", options, stepOptions);
  checked("step", "learning rate", rate);
  checked("step", "factor", factor);
  checkCount("step", "number of steps", every, 1);
  return scheduled("step", (done) => mul(rate, pow(factor, floor(div(done, every)))));
}

/** Options of `warmup`. */
export interface WarmupOptions {
  readonly steps: number;
  /** The part of the full rate that the first step has; 1/steps by default, so that no step is without effect. */
  readonly from?: number | undefined;
}

const warmupOptions = { steps: true, from: true } as const;

/**
 * Up to the first rate of `then` in a straight line over `steps` steps, then `then` from its beginning.
 * @throws TapegradError for numbers out of range.
 * @pytorch torch.optim.lr_scheduler.LinearLR
 * @example
 * import { cosine, warmup } from "tapegrad";
 * const rate = warmup(cosine(0.1, { steps: 90 }), { steps: 10 });
 * console.log([0, 9, 100].map((step) => rate(step).itemSync().toFixed(3))); // → [ '0.010', '0.091', '0.000' ]
 */
export function warmup(then: Schedule | number, options: WarmupOptions): Schedule {
  const op = "warmup";
  const { steps, from = 1 / Number(steps) } = optionsOf(op, options, warmupOptions);
  checkCount(op, "number of steps", steps, 1);
  checked(op, "factor", from);
  const next = typeof then === "number" ? constant(checked(op, "learning rate", then)) : checkSchedule(op, then);
  const rise: Schedule = (done) => mul(next(zerosLike(done)), linear(from, 1, { steps })(done));
  return after(op, rise, steps, next);
}

/**
 * `first` for `steps` steps, then `then`, which counts from there.
 * @pytorch torch.optim.lr_scheduler.SequentialLR
 * @example
 * import { schedules } from "tapegrad";
 * const rate = schedules.sequence(schedules.constant(0.1), 5, schedules.constant(0.01));
 * console.log([0, 4, 5].map((step) => rate(step).itemSync().toFixed(2))); // → [ '0.10', '0.10', '0.01' ]
 */
export function sequence(first: Schedule, steps: number, then: Schedule): Schedule {
  const op = "sequence";
  checkCount(op, "number of steps", steps, 1);
  return after(op, checkSchedule(op, first), steps, checkSchedule(op, then));
}

function after(op: string, first: Schedule, steps: number, then: Schedule): Schedule {
  return scheduled(op, (done) => where(less(done, steps), first(done), then(maximum(0, sub(done, steps)))));
}

/** `rate` as a schedule, which calls itself `op`. */
function scheduled(op: string, rate: (done: Tensor) => Tensor): Schedule {
  return (done) => {
    if (typeof done === "number") checked(op, "number of steps", done);
    return rate(tensorOf(op, "step", done));
  };
}

/** `schedule`, which has to return what a schedule does. */
function checkSchedule(op: string, schedule: Schedule): Schedule {
  checkFunction(op, "schedule", schedule, "constant(rate) for one that stays");
  return (done) => tensorOf(op, "schedule's learning rate", schedule(done));
}

/** t/steps, at most 1. */
function progress(done: Tensor, steps: number): Tensor {
  return minimum(1, div(done, steps));
}
