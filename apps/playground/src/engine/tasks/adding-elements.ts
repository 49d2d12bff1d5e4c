/** The inputs and answers of a step of the adding task, also for the page, which has no tensors. */
import type { Elements } from "./task.ts";

export const addingElements = {
  input: { kind: "numbers", names: ["number", "marked"] },
  output: { kind: "numbers", names: ["sum"] },
} as const satisfies { readonly input: Elements; readonly output: Elements };
