import { expect, test } from "vitest";
import { type Codec, counts, flags, listOf, numbers, oneOf, texts } from "../src/link/codec.ts";

const roundTrips: readonly [string, unknown, unknown][] = [
  ["numbers", numbers.decode(numbers.encode(-0.05)), -0.05],
  ["counts", counts.decode(counts.encode(12)), 12],
  ["flags", flags.decode(flags.encode(false)), false],
  ["a choice", oneOf(["RNN", "GRU"]).decode("GRU"), "GRU"],
  ["a list", listOf(numbers).decode(listOf(numbers).encode([1, 2.5])), [1, 2.5]],
  ["an empty list", listOf(numbers).decode(listOf(numbers).encode([])), []],
  ["a text", texts.decode(texts.encode("a=b&c")), "a=b&c"],
];

test.each(roundTrips)("%s come back as they were", (_, decoded, value) => {
  expect(decoded).toEqual(value);
});

const bad: readonly [string, Codec<unknown>["decode"], string][] = [
  ["numbers", numbers.decode, ""],
  ["numbers", numbers.decode, "1e999"],
  ["counts", counts.decode, "-1"],
  ["counts", counts.decode, "1.5"],
  ["flags", flags.decode, "toString"],
  ["a choice", oneOf(["RNN"]).decode, "rnn"],
  ["a list", listOf(numbers).decode, "1,x"],
];

test.each(bad)("%s refuse what is none: %s %s", (_, decode, text) => {
  expect(decode(text)).toBeUndefined();
});
