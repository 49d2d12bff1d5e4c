/**
 * The lowest platforms on which the packages run, and the features of sources that set them. A test holds the manifests, the README
 * and the error about old platforms to these numbers, and the numbers to MDN's data on browser compatibility.
 */

/** Node's is set by `require` of ES modules, which CommonJS needs; the others by the features below. */
export const floors = { node: "22.12", chrome: "117", firefox: "119", safari: "17.4" } as const;

export interface Feature {
  /** Where MDN's data describe it. */
  readonly key: string;
  /** How it looks in sources. */
  readonly code: RegExp;
  /** What happens where it is missing; absent if the packages cannot do without it. */
  readonly without?: string;
}

/** Of the language since ES2022, and of platforms. `lib` of tsconfig.base.json keeps anything newer than ES2024 out. */
export const features: readonly Feature[] = [
  { key: "javascript.builtins.Map.groupBy", code: /Map\.groupBy\(/ },
  { key: "javascript.builtins.String.isWellFormed", code: /\.isWellFormed\(/ },
  { key: "javascript.builtins.Array.toSorted", code: /\.toSorted\(/ },
  { key: "javascript.builtins.Array.toReversed", code: /\.toReversed\(/ },
  { key: "javascript.builtins.Array.toSpliced", code: /\.toSpliced\(/ },
  { key: "javascript.builtins.Array.with", code: /\.with\(/ },
  { key: "javascript.builtins.Array.findLastIndex", code: /\.findLastIndex\(/ },
  { key: "javascript.builtins.Object.hasOwn", code: /Object\.hasOwn\(/ },
  { key: "javascript.builtins.FinalizationRegistry", code: /new FinalizationRegistry/ },
  { key: "javascript.classes.private_class_fields", code: /readonly #\w+/ },
  { key: "webassembly.fixed-width-SIMD", code: /\bsimd\b/, without: "the portable backend" },
  { key: "webassembly.relaxed-SIMD", code: /relaxedSimd/, without: "a product and a sum instead" },
  { key: "webassembly.threads-and-atomics", code: /shared: true/, without: "one thread" },
  { key: "api.GPU", code: /navigator\.gpu/, without: "webgpu() rejects" },
  { key: "javascript.builtins.Promise.withResolvers", code: /Promise\.withResolvers/, without: "no WebGPU either" },
  { key: "javascript.builtins.Symbol.dispose", code: /Symbol\.dispose/, without: "no `using`" },
  { key: "javascript.builtins.Float16Array", code: /Float16Array/, without: "no such arrays to read" },
];
