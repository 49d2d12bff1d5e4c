export { cpu, cpuBackend } from "./backend.ts";
