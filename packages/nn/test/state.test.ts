/** Initial states that do not fit are refused by name. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend } from "@tapegrad/core";
import { Generator, ones, zeros } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { GRU, LSTM } from "../src/index.ts";

setBackend(cpuBackend);
const generator = new Generator(1);
const x = ones([1, 2, 2]);

it("of another batch, or of other layers", () => {
  const lstm = new LSTM(2, 3, { generator });
  const remedy = "give it [layers·directions, batch, hidden]";
  expect(() => lstm.forward(x, { state: { h: ones([1, 7, 3]), c: zeros([1, 7, 3]) } })).toThrow(
    `LSTM: the state does not fit: h is [1,7,3], not [1,1,3]; ${remedy}`,
  );
  expect(() => new GRU(2, 3, { layers: 2, generator }).forward(x, { state: { h: ones([1, 1, 3]) } })).toThrow(
    `GRU: the state does not fit: h is [1,1,3], not [2,1,3]; ${remedy}`,
  );
});
