export { ngramBitsPerCharacter } from "./ngram.ts";
export { TokenStreams, type TokenStreamsOptions, type TokenWindow } from "./token-streams.ts";
export { Vocabulary } from "./vocabulary.ts";
