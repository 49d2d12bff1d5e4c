export { backendConformance, type ConformanceCase, type ConformanceOptions } from "./backend-conformance.ts";
export { type Allowance, type ClosenessOptions, expectClose } from "./expect-close.ts";
export {
  type Comparison,
  type GradcheckOptions,
  type GradcheckReport,
  gradcheck,
  gradcheckReport,
  type Mode,
} from "./gradcheck.ts";
