/** The numeric gradient of a scalar function of Parameters. */
import { allocate, type Parameter, type Tensor } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { values } from "./plain.ts";

/**
 * (f(θ + h) − f(θ − h)) / 2h for every entry θ of `parameter`, improved once by Richardson: with D(h) = f′ + O(h²),
 * (4 D(h) − D(2h)) / 3 = f′ + O(h⁴), so that a step can be wide enough to leave the roundoff behind.
 */
export function numericGradient(f: () => Tensor, parameter: Parameter, h = 1e-3): number[] {
  const original = parameter.value;
  const base = values(parameter);
  const shifted = (entry: number, by: number) => {
    const host = allocate(parameter.dtype, base.length);
    host.set(base);
    host[entry] = (base[entry] ?? 0) + by;
    parameter.assign(fromHost(host, parameter.shape, parameter.dtype));
    return f().itemSync();
  };
  const central = (entry: number, step: number) => (shifted(entry, step) - shifted(entry, -step)) / (2 * step);
  try {
    return base.map((_, entry) => (4 * central(entry, h) - central(entry, 2 * h)) / 3);
  } finally {
    parameter.assign(original);
  }
}
