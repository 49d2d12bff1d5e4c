/** Code that the packages of this project share. Any release may change it, so other packages should not use it. */

export { checkCheckpointEvery } from "./regions/checkpointed-scan.ts";
export { freshResults } from "./trees/flat-trees.ts";
export { expandModules } from "./trees/sources.ts";
export { interpretBatched, withBatchAxis } from "./vmap/batch.ts";
