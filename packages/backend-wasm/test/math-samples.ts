/** Arguments for sweeps: every exponent, dense ranges, neighbours of special points; deterministic. */
import type { FloatArray } from "./math-runner.ts";

/** A 32-bit generator (Marsaglia's xorshift), uniform on [0, 1). */
export function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** `count` floats with random mantissa in every binade below 2^highest, of both signs. */
export function everyExponent(View: new (values: number[]) => FloatArray, count: number, highest?: number): FloatArray {
  const next = uniforms(0x2545f491);
  const [lowest, most] = View.name === "Float32Array" ? [-149, 127] : [-1074, 1023];
  const values: number[] = [];
  for (let exponent = lowest; exponent <= (highest ?? most); exponent++) {
    for (let i = 0; i < count; i++) {
      const value = (1 + next() + next() * 2 ** -32) * 2 ** exponent;
      values.push(i % 2 === 0 ? value : -value);
    }
  }
  return new View(values);
}

export function range(
  View: new (values: number[]) => FloatArray,
  low: number,
  high: number,
  count: number,
): FloatArray {
  const next = uniforms(0x9e3779b9);
  return new View(Array.from({ length: count }, () => low + (high - low) * (next() + next() * 2 ** -32)));
}

/** The `count` floats on each side of each point, and the points. */
export function neighbours(
  View: new (values: number[]) => FloatArray,
  points: readonly number[],
  count: number,
): FloatArray {
  const values: number[] = [];
  for (const point of points) {
    const unit = 2 ** -(View.name === "Float32Array" ? 24 : 53) * Math.abs(point);
    for (let i = -count; i <= count; i++) values.push(point + i * unit);
  }
  return new View(values);
}

export function join(...parts: readonly FloatArray[]): FloatArray {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = parts[0] instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
