export { Batches, type BatchesOptions } from "./batches.ts";
export { NgramCounts, ngramBitsPerCharacter } from "./ngram.ts";
export { type PaddedBatch, type PaddingOptions, padSequences } from "./padding.ts";
export { type SplitOptions, shuffled, splitHeldOut } from "./shuffle.ts";
export { TokenStreams, type TokenStreamsOptions, type TokenWindow } from "./token-streams.ts";
export { Vocabulary } from "./vocabulary.ts";
