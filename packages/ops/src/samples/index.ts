/** Deterministic samples of every primitive and composite, on which derivatives and backends are tested. */
import type { PrimitiveName } from "../index.ts";
import { creationSamples } from "./creation.ts";
import { indexingSamples } from "./indexing.ts";
import type { Sample } from "./inputs.ts";
import { movementSamples } from "./movement.ts";
import { pointwiseSamples } from "./pointwise.ts";
import { productSamples } from "./products.ts";
import { reductionSamples } from "./reductions.ts";

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
export const samples = {
  ...pointwiseSamples,
  ...reductionSamples,
  ...movementSamples,
  ...indexingSamples,
  ...creationSamples,
  ...productSamples,
} satisfies {
  [Name in PrimitiveName]: readonly Sample[];
};
