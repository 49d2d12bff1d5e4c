import { defineConfig } from "vitest/config";
import shared from "../../../vitest.config.ts";

/** What `pnpm test` divides the tests of the workspace into is not for these. */
const { projects: _, ...test } = shared.test ?? {};

/** `pnpm docs:check`: the tests of the built site, in one process at a time, since its browsers share the machine. */
export default defineConfig({
  test: { ...test, include: ["apps/docs/check/*.test.ts"], maxWorkers: 1 },
});
