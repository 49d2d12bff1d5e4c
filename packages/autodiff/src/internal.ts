/** What the packages of this project share with each other, and nobody else should use: any release may change it. */
export { interpretBatched, withBatchAxis } from "./batch.ts";
export { checkCheckpointEvery } from "./checkpointed-scan.ts";
export { freshResults } from "./flat-trees.ts";
export { expandModules } from "./sources.ts";
