/** What the packages of this project share with each other, and nobody else should use: any release may change it. */

export { checkCheckpointEvery } from "./regions/checkpointed-scan.ts";
export { freshResults } from "./trees/flat-trees.ts";
export { expandModules } from "./trees/sources.ts";
export { interpretBatched, withBatchAxis } from "./vmap/batch.ts";
