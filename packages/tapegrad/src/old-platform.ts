/** Platforms that are too old are an error at once, not in the middle of a compiled function. */
import { UnsupportedError } from "@tapegrad/core";

// The newest of what every package needs.
if (!("groupBy" in Map)) {
  const remedy = "use Node 22.12, Chrome 117, Firefox 119 or Safari 17.4";
  throw new UnsupportedError("tapegrad", "this platform has no Map.groupBy", remedy);
}
