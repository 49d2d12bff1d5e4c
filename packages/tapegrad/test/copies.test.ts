/** Two copies of the library in one program: said when the second is loaded, and wherever a thing of one meets the other. */
import * as A from "tapegrad";
import { beforeAll, describe, expect, it, vi } from "vitest";

type Library = typeof A;

let B: Library;
const warnings: string[] = [];

beforeAll(async () => {
  vi.resetModules();
  const warn = vi.spyOn(console, "warn").mockImplementation((message) => void warnings.push(message));
  B = await import("tapegrad");
  vi.resetModules();
  await import("tapegrad");
  warn.mockRestore();
});

it("the second copy says so, once", () => {
  expect(B.Tensor).not.toBe(A.Tensor);
  expect(warnings).toEqual([expect.stringContaining("two copies of Tapegrad are loaded, of the sources and of the")]);
});

const twoCopies = "two copies of Tapegrad are loaded, of the sources and of the sources, and this";

describe("a thing of another copy is recognised", () => {
  const state = (library: Library) => new library.Linear(2, 3).stateDict();
  it.each<[string, () => unknown]>([
    ["a tensor among operands", () => A.add(B.tensor([1]), 1)],
    ["a tensor as a method's operand", () => A.tensor([1]).add(B.tensor([1]))],
    ["a tensor made a tensor", () => A.tensor(B.tensor([1]) as never)],
    ["a tensor in a list", () => A.concat([A.tensor([1]), B.tensor([1])])],
    ["a Parameter's value", () => new A.Parameter(B.tensor([1]))],
    ["an assigned value", () => new A.Parameter([1]).assign(B.tensor([1]))],
    ["a Parameter to be trained", () => new A.SGD([new B.Parameter([1])], { learningRate: 1 })],
    ["a model to be trained", () => new A.SGD(new B.Linear(2, 3).parameters(), { learningRate: 1 })],
    ["a layer", () => new A.Sequential(new B.Linear(2, 3)).parameters()],
    [
      "a module in a property",
      () =>
        new (class extends A.Module {
          readonly inner = [new B.Linear(2, 3)];
          forward() {}
        })().parameters(),
    ],
    [
      "a Parameter in a property",
      () => [
        ...new (class extends A.Module {
          readonly p = { deep: new B.Parameter([1]) };
          forward() {}
        })().namedParameters(),
      ],
    ],
    ["a state", () => new A.Linear(2, 3).loadStateDict(state(B))],
    ["a source", () => A.grad((x: A.Tensor) => x)(B.tensor(1))],
    ["a target", () => new A.Tape().gradient(B.tensor(1), [])],
    ["an argument of a compiled function", () => A.compile((x: A.Tensor) => x)(B.tensor(1))],
    ["a model in a compiled function", () => A.compile((x: A.Tensor) => new B.Linear(1, 1).forward(x))(A.ones([1, 1]))],
    ["a carry", () => A.scan((c: A.Tensor) => [c, c], B.tensor(1), null, { length: 2 })],
    ["a generator", () => new A.Linear(2, 3, { generator: new B.Generator(1) })],
    ["a backend to be set", () => A.setBackend(B.currentBackend())],
    ["a backend for a while", () => A.withBackend(B.currentBackend(), () => 1)],
  ])("%s", (_, use) => {
    expect(use).toThrow(twoCopies);
  });

  it("values by name to be saved", async () => {
    await expect(A.toEntries(state(B))).rejects.toThrow(twoCopies);
  });

  it("a backend to move to", async () => {
    await expect(A.tensor([1]).to(B.currentBackend())).rejects.toThrow(twoCopies);
  });
});

it("things of one copy know each other, subclasses included", () => {
  class Mine extends A.Linear {}
  const mine = new Mine(1, 1);
  expect([mine instanceof A.Module, mine instanceof A.Linear, new A.Linear(1, 1) instanceof Mine]).toEqual([
    true,
    true,
    false,
  ]);
  expect([A.tensor(1) instanceof A.Tensor, A.tensor(1) instanceof A.Parameter]).toEqual([true, false]);
});
