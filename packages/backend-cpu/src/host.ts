/** Backends whose tensors are typed arrays, without the code that computes: small enough to be loaded before it is needed. */
import { HostBackend, type HostEngine } from "./host/host-backend.ts";

export { type Arrival, HostBackend, type HostEngine } from "./host/host-backend.ts";

const known = new Map<string, HostBackend>();

/** The one host backend of that name. Its engine is what the first caller that has one makes. */
export function hostBackend(name: string, engine?: () => HostEngine): HostBackend {
  const backend = known.get(name) ?? new HostBackend(name);
  known.set(name, backend);
  if (engine !== undefined && !backend.isEquipped) backend.equip(engine());
  return backend;
}
