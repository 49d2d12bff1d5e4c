/** What a page and the worker that runs its examples say to each other. */

export interface RunRequest {
  /** The program as one module. */
  readonly code: string;
}

export type RunReport =
  /** A line that the program printed. */
  | { readonly kind: "line"; readonly text: string; readonly stream: "out" | "err" }
  /** The program threw, or a promise that it left alone was rejected. `line` counts the module's lines from 1. */
  | { readonly kind: "failure"; readonly text: string; readonly line?: number | undefined }
  /** The module has been evaluated, successfully or not. */
  | { readonly kind: "end" };
