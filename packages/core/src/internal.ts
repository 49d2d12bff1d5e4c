/** Code that the packages of this project share. Any release may change it, so other packages should not use it. */

export { castOp, castTo } from "./dispatch/apply.ts";
export { applyComputed, isStoredOnly } from "./dispatch/apply-stored.ts";
export { offerBackend } from "./dispatch/backend.ts";
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
} from "./dispatch/frames.ts";
export { callerOrigin, currentOrigin, trackOrigins, tracksOrigins, withOrigin } from "./dispatch/origin.ts";
export { withMemoryFor } from "./dispatch/out-of-memory.ts";
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
} from "./errors/arguments.ts";
export { defined, internal } from "./errors/errors.ts";
export { isPlainObject } from "./errors/plain-object.ts";
export { functionOf, standalone } from "./errors/standalone.ts";
export { loadState, type NamedState, stateOf } from "./parameters/named-state.ts";
export { lend, withBound } from "./parameters/parameter.ts";
export { BoundedCache } from "./platform/bounded-cache.ts";
export { ownCores, shareCores } from "./platform/cores.ts";
export { yieldToEventLoop } from "./platform/event-loop.ts";
export { OfThisCopy } from "./platform/library-copy.ts";
export { applyNode, replay } from "./program/interpreter.ts";
export { bodiesOf, mapBodies, namedBodies } from "./program/program.ts";
export { recordedByIdentity } from "./program/recorded-by-identity.ts";
export { sameAttributes, sameList, sameProgram, sameType } from "./program/same-program.ts";
export { commit, traceFrame, withoutDeadNodes } from "./program/trace.ts";
export { TracedNumber } from "./program/traced-number.ts";
export { checkDType, computedIn, computing, formatOf, isPacked, largestOf } from "./tensor/dtype.ts";
export { bytesOf, holdsDType, isHostArray, isMap, isSet, tagOf } from "./tensor/host-array.ts";
export { nearest, packFloat, unpackFloat } from "./tensor/packed-floats.ts";
export { isNumberLike, isParameter, isPlainTensor, isTracedNumber } from "./tensor/printable.ts";
export { checkShape } from "./tensor/shape.ts";
export { commonBackend, fromHost, letGo, retain, symbolicTensor, tensorOf } from "./tensor/tensor.ts";
export { freshVariable } from "./tensor/variable.ts";
export { leafPaths, mirroredLeaves } from "./trees/tree.ts";
