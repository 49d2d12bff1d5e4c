/** The division of kernels into invocations on a device. */
import type { Device } from "../device/gpu.ts";
import type { Division, FloatType } from "./kernel.ts";
import { literals } from "./sizes.ts";

/** Of Programs. `products`: what matrices are multiplied in. */
export function divisionOf({ limits, features, adapterInfo }: Device, products: FloatType): Division {
  const most = Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX);
  const powerOfTwo = (wanted: number) => 2 ** Math.floor(Math.log2(Math.min(wanted, most)));
  // Two tiles of side² vectors of four floats are shared.
  const fits = (side: number) => side ** 2 <= most && 2 * side ** 2 * 16 <= limits.maxComputeWorkgroupStorageSize;
  return {
    loop: powerOfTwo(64),
    join: powerOfTwo(128),
    tileSide: [16, 8].find(fits) ?? 4,
    isSoftware: adapterInfo?.isFallbackAdapter === true,
    hasSubgroups: features.has("subgroups"),
    products,
    isAlone: false,
    sizes: literals,
  };
}
