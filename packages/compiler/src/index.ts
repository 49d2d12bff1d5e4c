export { mergeCommonSubexpressions } from "./common-subexpressions.ts";
export { contractOverTime } from "./contract-over-time.ts";
export { decompose } from "./decompose.ts";
export { hoist } from "./hoist.ts";
export { optimize } from "./optimize.ts";
export { pruneLoops } from "./prune-loops.ts";
export { everywhere, type Pass, type Replacement, rewrite } from "./rewrite.ts";
export { simplify } from "./simplify.ts";
export { sink } from "./sink.ts";
