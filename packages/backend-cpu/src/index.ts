export { cpu, cpuBackend } from "./backend.ts";
export { type Arrival, HostBackend, type HostEngine, hostBackend } from "./host.ts";
export type { HostBuffer, Remote } from "./host-buffer.ts";
export type { CpuKernel, HostOperand } from "./kernel.ts";
export { kernelTable } from "./kernels.ts";
