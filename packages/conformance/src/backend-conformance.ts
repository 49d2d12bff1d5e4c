/**
 * The suite that a backend has to pass: every primitive on every sample, in each float dtype that it supports, against a
 * reference backend that computes in float64.
 */
import {
  type Backend,
  type DType,
  defaultDType,
  dtypes,
  dtypeTable,
  type FloatDType,
  floatFormats,
  isFloat,
  type OpDefinition,
  TapegradError,
  Tensor,
  withBackend,
} from "@tapegrad/core";
import { defined, fromHost, nearest } from "@tapegrad/core/internal";
import { primitives } from "@tapegrad/ops";
import { type Sample, samples, sampleValues } from "@tapegrad/ops/samples";
import { withDefaultDType } from "./default-dtype.ts";

/** One test of a backend. */
export interface ConformanceCase {
  /** Op, sample and float dtype. */
  readonly name: string;
  /** @throws TapegradError naming the element that is further from the reference than the op's record allows. */
  run(): Promise<void>;
}

/** Options of `backendConformance`. */
export interface ConformanceOptions {
  /** What results are compared with; it must support every dtype. */
  readonly reference: Backend;
}

/** The cases for `backend`; each is independent of the others. */
export function backendConformance(backend: Backend, { reference }: ConformanceOptions): ConformanceCase[] {
  const tolerances = new Map(Object.values<OpDefinition>(primitives).map(({ name, tolerance }) => [name, tolerance]));
  const floats = dtypes.filter(isFloat).filter((dtype) => backend.supports(dtype));
  return Object.entries<readonly Sample[]>(samples).flatMap(([name, list]) =>
    list
      .filter((sample) => isSupported(sample, backend))
      .flatMap((sample) => {
        // Without a float among the inputs, each dtype would repeat the first.
        const given = sample.inputs.some(({ dtype }) => dtype === "float") ? floats : [defaultDType()];
        return given.map((dtype) => ({
          name: `${name} · ${sample.name} · ${dtype}`,
          run: async () => {
            const actual = await resultsOf(sample, dtype, dtype, backend);
            const expected = await resultsOf(sample, dtype, "float64", reference);
            actual.forEach((result, i) => {
              compare(
                name,
                sample.name,
                result,
                defined(expected[i], "result"),
                defined(tolerances.get(name), "record"),
              );
            });
          },
        }));
      }),
  );
}

function isSupported({ inputs, makes = [] }: Sample, backend: Backend): boolean {
  return [...makes, ...inputs.map(({ dtype }) => dtype)].every((dtype) => dtype === "float" || backend.supports(dtype));
}

interface Result {
  readonly dtype: DType;
  readonly data: ArrayLike<number>;
}

/** Runs `sample` on inputs that are exact in `given`, held and computed in `computed`. */
async function resultsOf(sample: Sample, given: FloatDType, computed: FloatDType, backend: Backend): Promise<Result[]> {
  const values = sampleValues(sample);
  const inputs = () =>
    sample.inputs.map(({ shape, dtype }, i) => {
      const held = dtype === "float" ? computed : dtype;
      const exact = Array.from(defined(values[i], "values"), (x) => nearest(x, dtype === "float" ? given : dtype));
      return fromHost(dtypeTable[held].array.from(exact), shape, held);
    });
  const result = withDefaultDType(computed, () => withBackend(backend, () => sample.run(...inputs())));
  const outputs = result instanceof Tensor ? [result] : result;
  return Promise.all(outputs.map(async (output) => ({ dtype: output.dtype, data: await output.data() })));
}

/** Floats within `tolerance` units in the last place of the largest, NaN and infinities in the same places; others equal. */
function compare(op: string, sample: string, actual: Result, expected: Result, tolerance: number): void {
  const largest = Array.from(expected.data).reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 0);
  // The reference is itself allowed as much, in its own last places.
  const allowed = isFloat(actual.dtype) ? tolerance * (ulp(largest, actual.dtype) + ulp(largest, "float64")) : 0;
  for (let i = 0; i < Math.max(actual.data.length, expected.data.length); i++) {
    const [value, wanted] = [actual.data[i] ?? "nothing", expected.data[i] ?? "nothing"];
    if (Object.is(value, wanted) || value === wanted) continue;
    const rounded = nearest(Number(wanted), actual.dtype);
    if (value === rounded || Math.abs(Number(value) - Number(wanted)) <= allowed) continue;
    throw new TapegradError(
      op,
      `element ${i} is ${value}, not ${wanted}: ${sample} in ${actual.dtype} (error ${Math.abs(Number(value) - Number(wanted))} > ${allowed})`,
    );
  }
}

/** The distance from `value` to the next larger float of `dtype`. */
function ulp(value: number, dtype: FloatDType): number {
  const { digits, leastExponent } = floatFormats[dtype];
  return 2 ** (Math.max(Math.floor(Math.log2(value)), leastExponent) + 1 - digits);
}
