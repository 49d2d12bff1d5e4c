/** What the packages of this project share with each other, and nobody else should use: any release may change it. */
export {
  checkBoolean,
  checkChoice,
  checkCount,
  checkFunction,
  checkInstance,
  checkInt32,
  checkList,
  checkNumber,
  checkRange,
  countFrom,
  describeValue,
  isClass,
  type OptionCheck,
  optionsOf,
  remedyFor,
} from "./arguments.ts";
export { offerBackend } from "./backend.ts";
export { BoundedCache } from "./bounded-cache.ts";
export { OfThisCopy } from "./copy.ts";
export { ownCores, shareCores } from "./cores.ts";
export { checkDType, computedIn, computing, formatOf, largestOf } from "./dtype.ts";
export { defined, internal } from "./errors.ts";
export {
  type Application,
  currentRecording,
  type Frame,
  guarded,
  isActive,
  isOwnedNow,
  isPromise,
  isRecorded,
  isScoped,
  isTracing,
  type ObserverFrame,
  recordingOf,
  refusePromise,
  unwatched,
  withFrame,
} from "./frames.ts";
export { bytesOf, dtypeOf, holdsDType, isHostArray, isMap, isSet, tagOf } from "./host-array.ts";
export { applyNode, replay } from "./interpreter.ts";
export { loadState, type NamedState, stateOf } from "./named-state.ts";
export { callerOrigin, currentOrigin, trackOrigins, tracksOrigins, withOrigin } from "./origin.ts";
export { lend, withBound } from "./parameter.ts";
export { isPlainObject } from "./plain-object.ts";
export { isNumberLike, isParameter, isTracedNumber } from "./printable.ts";
export { recordedByIdentity } from "./recorded-by-identity.ts";
export { checkShape } from "./shape.ts";
export { withMemoryFor } from "./shortage.ts";
export { functionOf, standalone } from "./standalone.ts";
export { commonBackend, fromHost, letGo, retain, symbolicTensor, tensorOf } from "./tensor.ts";
export { commit, traceFrame, withoutDeadNodes } from "./trace.ts";
export { TracedNumber } from "./traced-number.ts";
export { leafPaths, mirroredLeaves } from "./tree.ts";
export { freshVariable } from "./variable.ts";
