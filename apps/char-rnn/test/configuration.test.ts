import { expect, test } from "vitest";
import { checkConfiguration, defaultConfiguration, optionName } from "../src/training/configuration.ts";

test("a configuration that went through JSON is itself, without what else was there", () => {
  const written = JSON.stringify({ ...defaultConfiguration, extra: 1 });
  expect(checkConfiguration(JSON.parse(written))).toEqual({ configuration: defaultConfiguration });
});

test("a checkpoint of before there were shards is of whole batches", () => {
  const { shards: _, ...older } = defaultConfiguration;
  expect(checkConfiguration(older)).toEqual({ configuration: { ...defaultConfiguration, shards: 1 } });
});

test.each([
  [undefined, "configuration"],
  ["lstm", "configuration"],
  [{}, "cell"],
  [{ ...defaultConfiguration, hidden: "96" }, "hidden"],
  [{ ...defaultConfiguration, layers: 1e9 }, "layers"],
  [{ ...defaultConfiguration, learningRate: null }, "learningRate"],
])("%j: its %s is at fault", (value, fault) => {
  expect(checkConfiguration(value)).toEqual({ fault });
});

test("options are named as they are typed", () => {
  expect(optionName("learningRate")).toBe("--learning-rate");
});
