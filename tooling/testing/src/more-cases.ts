/** fast-check for long runs: every `fc.assert` tries `cases` times the number of cases that its test states. */
import * as fastCheck from "fast-check";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    cases: number;
  }
}

const times = inject("cases");

export function assert<T>(property: fastCheck.IAsyncProperty<T>, parameters?: fastCheck.Parameters<T>): Promise<void>;
export function assert<T>(property: fastCheck.IProperty<T>, parameters?: fastCheck.Parameters<T>): void;
export function assert<T>(property: fastCheck.IRawProperty<T>, parameters: fastCheck.Parameters<T> = {}) {
  return fastCheck.assert(property, { ...parameters, numRuns: times * (parameters.numRuns ?? 100) });
}

export * from "fast-check";
// biome-ignore lint/style/noDefaultExport: it is how tests import fast-check.
export default { ...fastCheck, assert };
