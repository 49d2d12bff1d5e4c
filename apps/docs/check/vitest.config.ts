import { defineConfig } from "vitest/config";
import shared from "../../../vitest.config.ts";

/** What `pnpm test` divides the tests of the workspace into is not for these. */
const { projects: _, ...test } = shared.test ?? {};

/** `pnpm docs:check`: the tests of the built site, one file at a time, since its browsers share the machine, and two pages at once where time does not count. */
export default defineConfig({
  test: { ...test, include: ["apps/docs/check/*.test.ts"], maxWorkers: 1, maxConcurrency: 2 },
});
