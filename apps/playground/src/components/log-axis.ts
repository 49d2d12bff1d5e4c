/** A logarithmic axis: positions of values, and ticks at powers of ten. */

export interface LogAxis {
  /** Powers of ten. */
  readonly from: number;
  readonly to: number;
  /** The pixel of a positive value; smaller ones than the axis has lie at its end. */
  readonly at: (value: number) => number;
  /** The value at a pixel. */
  readonly valueAt: (pixel: number) => number;
  /** Exponents. */
  readonly ticks: readonly number[];
}

/** The smallest gradient that is told from 0: what is below moves no weight of float32. */
const lowest = -30;

/** An axis for `values`, those that are 0 left aside, from the pixel `bottom` up to the pixel `top`. */
export function logAxis(values: readonly number[], bottom: number, top: number): LogAxis {
  const exponents = values.filter((value) => value > 0 && Number.isFinite(value)).map(Math.log10);
  const to = Math.max(lowest + 2, Math.ceil(Math.max(...exponents, -Infinity) + 0.1));
  const highest = Number.isFinite(to) && exponents.length > 0 ? to : 1;
  const from = Math.min(highest - 2, Math.max(lowest, Math.floor(Math.min(...exponents, highest - 2))));
  const scale = (bottom - top) / (highest - from);
  const step = [1, 2, 3, 5, 10].find((each) => (highest - from) / each <= Math.max(2, (bottom - top) / 34)) ?? 10;
  const first = Math.ceil(from / step) * step;
  return {
    from,
    to: highest,
    at: (value) => bottom - Math.max(0, (value > 0 ? Math.log10(value) : from) - from) * scale,
    valueAt: (pixel) => 10 ** (from + (bottom - pixel) / scale),
    ticks: Array.from({ length: Math.floor((highest - first) / step) + 1 }, (_, i) => first + i * step),
  };
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 10⁻⁵ */
export function powerOfTen(exponent: number): string {
  if (exponent === 0) return "1";
  if (exponent === 1) return "10";
  const digits = Array.from(String(Math.abs(exponent)), (digit) => superscripts[Number(digit)]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}
