/** All pictures, in the order of the pages. */
import { memoryPlan } from "./how-it-works/memory-plan.ts";
import { oneIdea, packages } from "./how-it-works/one-idea.ts";
import { processes } from "./how-it-works/processes.ts";
import { lstmProgram, scanProgram } from "./how-it-works/programs.ts";
import { benchmarks, learningText } from "./how-it-works/results.ts";
import { tape } from "./how-it-works/tape.ts";
import { codeGeneration, passes } from "./how-it-works/training-step.ts";
import { adding } from "./learn/adding.ts";
import { cellState } from "./learn/cell-state.ts";
import { gruCell, lstmCell } from "./learn/cells.ts";
import { gradientNorms } from "./learn/gradient-norms.ts";
import { hello, helloLoss } from "./learn/hello.ts";
import { impulse } from "./learn/impulse.ts";
import { quotation } from "./learn/quotation.ts";
import { truncated } from "./learn/truncated.ts";
import { backwards, recurrence, shapes } from "./learn/unrolled.ts";
import { weightScale, workedExample } from "./learn/worked-example.ts";
import type { Picture } from "./picture.ts";

export const pictures: readonly Picture[] = [
  recurrence,
  impulse,
  shapes,
  hello,
  helloLoss,
  backwards,
  truncated,
  workedExample,
  weightScale,
  adding,
  lstmCell,
  cellState,
  quotation,
  gruCell,
  gradientNorms,
  oneIdea,
  packages,
  tape,
  lstmProgram,
  scanProgram,
  passes,
  codeGeneration,
  memoryPlan,
  benchmarks,
  learningText,
  processes,
];
