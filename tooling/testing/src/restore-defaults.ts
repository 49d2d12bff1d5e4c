/** For test files that share a process: what one of them may set for all is as before when it ends. */
import { setDefaultDType } from "@tapegrad/core";
import { afterAll } from "vitest";

afterAll(() => setDefaultDType("float32"));
