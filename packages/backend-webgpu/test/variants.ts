/** Backends for which Programs are divided in different ways, all on the same adapter; and whether they compile Programs. */
import type { Backend, Program } from "@tapegrad/core";
import type { Device } from "../src/device/gpu.ts";
import { webgpu } from "../src/index.ts";
import { requestDevice } from "../src/webgpu.ts";
import { replacing } from "./wrapped-device.ts";

/** How Programs see the device. */
export type Variant = "software with subgroups" | "software" | "hardware";

export const variants: readonly Variant[] = ["software with subgroups", "software", "hardware"];

/** The device as a Program of this variant sees it. */
export function asVariant(device: Device, variant: Variant): Device {
  const hasSubgroups = variant === "software with subgroups";
  return replacing(device, {
    adapterInfo: { isFallbackAdapter: variant !== "hardware" },
    features: { has: (name) => (name !== "subgroups" || hasSubgroups) && device.features.has(name) },
  });
}

/** What has become of the Programs that a backend was asked to compile. */
export interface Compilations {
  compiled: number;
  refused: Program[];
}

export interface Observed {
  readonly backend: Backend;
  readonly compilations: Compilations;
}

/** A backend on a device of its own, and a count of what it compiles. */
export async function observed(change: (device: Device) => Device, budget?: number): Promise<Observed> {
  const device = change(await requestDevice());
  return observe(await webgpu(budget === undefined ? { device } : { device, budget }));
}

export function observe(backend: Backend): Observed {
  const compilations: Compilations = { compiled: 0, refused: [] };
  const compile = backend.compile?.bind(backend);
  Object.assign(backend, {
    compile: (...given: Parameters<NonNullable<Backend["compile"]>>) => {
      const executable = compile?.(...given);
      if (executable === undefined) compilations.refused.push(given[0]);
      else compilations.compiled++;
      return executable;
    },
  });
  return { backend, compilations };
}
