/** Results of a backend that is read asynchronously, and how far apart they may be. */
import { dtypeTable, type FloatDType, Tensor, type TypedArray } from "@tapegrad/core";
import { defined, fromHost } from "@tapegrad/core/internal";
import { type Sample, sampleValues } from "@tapegrad/ops/samples";

export interface Result {
  readonly type: string;
  readonly data: TypedArray;
}

export async function read(tensors: readonly Tensor[]): Promise<Result[]> {
  return Promise.all(tensors.map(async (t) => ({ type: `${t.dtype} [${t.shape}]`, data: await t.data() })));
}

/**
 * What is wrong with `actual`; empty if floats are apart by at most `ulps` units in the last place of the largest of them, NaN
 * and infinities are in the same places, and everything else is equal.
 */
export function difference(actual: readonly Result[], expected: readonly Result[], ulps: number): string {
  const typesOf = (results: readonly Result[]) => results.map(({ type }) => type).join(", ");
  if (typesOf(actual) !== typesOf(expected)) return `${typesOf(actual)} instead of ${typesOf(expected)}`;
  const floats = expected.filter(({ data }) => data instanceof Float32Array).flatMap(({ data }) => Array.from(data));
  const largest = floats.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 0);
  const allowed = ulps * 2 ** (Math.max(Math.floor(Math.log2(largest)), -126) - 23);
  for (const [i, { data }] of actual.entries()) {
    const wanted = defined(expected[i], "result").data;
    const tolerance = data instanceof Float32Array ? allowed : 0;
    const off = data.findIndex((value, k) => {
      const other = wanted[k] ?? Number.NaN;
      return !Object.is(value, other) && value !== other && !(Math.abs(value - other) <= tolerance);
    });
    if (off >= 0) return `result ${i}: ${data[off]} instead of ${wanted[off]} at ${off}, ${tolerance} allowed`;
  }
  return "";
}

/** The tensors that a sample of an op is run on. */
export function sampleInputs(sample: Sample, float: FloatDType): Tensor[] {
  const values = sampleValues(sample);
  return sample.inputs.map(({ shape, dtype }, i) => {
    const held = dtype === "float" ? float : dtype;
    return fromHost(dtypeTable[held].array.from(defined(values[i], "values")), shape, held);
  });
}

export function sampleFunction(sample: Sample): (...inputs: Tensor[]) => readonly Tensor[] {
  return (...inputs) => {
    const result = sample.run(...inputs);
    return result instanceof Tensor ? [result] : result;
  };
}
