export { cpu, cpuBackend } from "./backend.ts";
export type { HostBuffer, Remote } from "./host/host-buffer.ts";
export { type Arrival, HostBackend, type HostEngine, hostBackend } from "./host.ts";
export type { CpuKernel, HostOperand } from "./kernels/kernel.ts";
export { kernelTable } from "./kernels/kernels.ts";
