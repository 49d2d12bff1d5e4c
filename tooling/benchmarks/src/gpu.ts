/**
 * `pnpm bench:gpu` measures a GPU through WebGPU in Node: products of matrices, and training steps beside PyTorch with cuDNN where
 * a Python has it. `--peak 60` is the device's Tflop/s; `--tasks "lstm S,lstm M"`, `--sizes 256,512` and `--seconds` choose less;
 * `--software` measures Chromium's software adapter where there is no GPU.
 */
import { webgpu } from "tapegrad";
import { findAdapter } from "./dawn.ts";
import { parseGpuCommandLine } from "./gpu-command-line.ts";
import { measureGpuMatmul } from "./gpu-matmul.ts";
import { measureGpuSteps } from "./gpu-steps.ts";
import { describeMachine } from "./machine.ts";
import { startPyTorch } from "./pytorch.ts";
import { toMarkdown } from "./table.ts";

const { tasks, sizes, seconds, peak, software } = parseGpuCommandLine(process.argv.slice(2));
const log = (line: string) => console.log(line);

const { description, platform } = await findAdapter({ software });
const backend = await webgpu();
const pytorch = await startPyTorch("cuda");
const machine = [
  ...describeMachine(),
  description,
  pytorch?.description ?? "PyTorch on CUDA: not there (python3 with torch.cuda)",
];
for (const line of machine) log(line);

const products = await measureGpuMatmul({ backend, sizes, seconds, peak }, log);
const steps = await measureGpuSteps({ backend, platform, tasks, pytorch, seconds }, log);
pytorch?.close();

log(["", ...machine.map((line) => `- ${line}`), "", toMarkdown(steps), "", toMarkdown(products)].join("\n"));
