/** Restores global defaults after each test file, for files that share a process. */
import { setDefaultDType } from "@tapegrad/core";
import { afterAll } from "vitest";

afterAll(() => setDefaultDType("float32"));
