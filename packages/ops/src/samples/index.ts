/** Deterministic samples of every primitive and composite: what derivatives and backends are tested on. */
import type { PrimitiveName } from "../index.ts";
import type { Sample } from "./inputs.ts";
import { pointwiseSamples } from "./pointwise.ts";
import { structuralSamples } from "./structural.ts";

export { compositeSamples } from "./composites.ts";
export {
  distinct,
  indices,
  normal,
  positive,
  type Sample,
  type SampleInput,
  sampleValues,
  seededUniforms,
} from "./inputs.ts";

/** Exhaustive: a primitive without samples does not compile. */
export const samples = { ...pointwiseSamples, ...structuralSamples } satisfies {
  [Name in PrimitiveName]: readonly Sample[];
};
