/** Sets the default float dtype for the duration of one call. */
import { defaultDType, type FloatDType, setDefaultDType } from "@tapegrad/core";

/** Runs `fn` so that tensors made from plain numbers are `dtype`. */
export function withDefaultDType<T>(dtype: FloatDType, fn: () => T): T {
  const before = defaultDType();
  setDefaultDType(dtype);
  try {
    return fn();
  } finally {
    setDefaultDType(before);
  }
}
