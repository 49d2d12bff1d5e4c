export { cpu, cpuBackend } from "./backend.ts";
export { HostBackend, type HostBackendOptions } from "./host-backend.ts";
export type { HostBuffer, Remote } from "./host-buffer.ts";
export type { CpuKernel, HostOperand } from "./kernel.ts";
export { kernelTable } from "./kernels.ts";
