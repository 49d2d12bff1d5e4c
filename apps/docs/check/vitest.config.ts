import { defineConfig } from "vitest/config";
import shared from "../../../vitest.config.ts";

/** `pnpm docs:check`: the tests of the built site, in one process at a time, since its browsers share the machine. */
export default defineConfig({
  test: { ...shared.test, include: ["apps/docs/check/*.test.ts"], maxWorkers: 1 },
});
