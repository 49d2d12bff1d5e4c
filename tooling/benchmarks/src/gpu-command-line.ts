/** The arguments of `pnpm bench:gpu`. */
import { parseArgs } from "node:util";
import { type Task, taskOf } from "./tasks.ts";

export interface GpuRequest {
  readonly tasks: readonly Task[];
  /** Side lengths of the square matrices that are multiplied. */
  readonly sizes: readonly number[];
  /** For each task and product. */
  readonly seconds: number;
  /** The device's highest float32 rate in Tflop/s, which WebGPU cannot tell. */
  readonly peak: number | undefined;
  /** Whether Chromium's software adapter is measured, and not refused. */
  readonly software: boolean;
}

const gpuTasks = (["S", "M", "O", "L"] as const).map((size) => taskOf("lstm", size));
const gpuSizes = [256, 512, 1024, 2048, 4096];

/** @throws Error for a task or a number that does not exist. */
export function parseGpuCommandLine(words: readonly string[]): GpuRequest {
  const { values } = parseArgs({
    args: [...words],
    options: {
      tasks: { type: "string" },
      sizes: { type: "string" },
      seconds: { type: "string", default: "5" },
      peak: { type: "string" },
      software: { type: "boolean", default: false },
    },
  });
  const names = listOf(values.tasks) ?? gpuTasks.map(({ name }) => name);
  const tasks = names.map((name) => {
    const found = gpuTasks.find((task) => task.name === name);
    if (found === undefined)
      throw new Error(`no such task: ${name}; use ${gpuTasks.map((task) => task.name).join(", ")}`);
    return found;
  });
  return {
    tasks,
    sizes: listOf(values.sizes)?.map((size) => positive("--sizes", size, Number.isInteger)) ?? gpuSizes,
    seconds: positive("--seconds", values.seconds),
    peak: values.peak === undefined ? undefined : positive("--peak", values.peak),
    software: values.software,
  };
}

function listOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function positive(option: string, text: string, isMeant: (value: number) => boolean = Number.isFinite): number {
  const value = Number(text);
  if (!(value > 0 && isMeant(value))) throw new Error(`${option} is not a positive number: ${text}`);
  return value;
}
