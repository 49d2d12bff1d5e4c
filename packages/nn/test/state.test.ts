/** States that do not fit are refused by name, with shapes, by every cell, wrapper and layer; nothing broadcasts. */
import { compile, vmap } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { Parameter, setBackend, TapegradError, type Tensor, treeLeaves, treeMap } from "@tapegrad/core";
import { cast, concat, Generator, ones, reshape, slice, zeros } from "@tapegrad/ops";
import { expect, it } from "vitest";
import {
  Bidirectional,
  type Cell,
  GRU,
  GRUCell,
  LSTM,
  LSTMCell,
  Recurrent,
  ResidualCell,
  RNN,
  StackedCell,
  VariationalDropoutCell,
  ZoneoutCell,
} from "../src/index.ts";
import { ofGatedCells } from "./gated-cells.ts";
import { values } from "./plain.ts";

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

const [batch, input, hidden] = [3, 4, 4];

const cells: Readonly<Record<string, Cell<unknown>>> = {
  ...ofGatedCells((Cell) => new Cell(input, hidden, { generator })),
  LSTMCell: new LSTMCell(input, hidden, { generator, projSize: 2 }),
  GRUCell: new GRUCell(input, hidden, { generator, resetAfter: false }),
  VariationalDropoutCell: new VariationalDropoutCell(new LSTMCell(input, hidden, { generator }), 0.5, { generator }),
  ZoneoutCell: new ZoneoutCell(new LSTMCell(input, hidden, { generator }), 0.5, { generator }),
  ResidualCell: new ResidualCell(new GRUCell(input, hidden, { generator })),
  StackedCell: new StackedCell([
    new GRUCell(input, hidden, { generator }),
    new LSTMCell(hidden, hidden, { generator }),
  ]),
};

/** Everything that takes a state, by the name that errors have. */
const readers: readonly [string, unknown, (state: never) => unknown][] = [
  ...Object.entries(cells).map(([name, cell]): [string, unknown, (state: never) => unknown] => [
    name,
    cell.initialState(batch),
    (state) => cell.step(ones([batch, input]), state),
  ]),
  ...Object.values(cells).map((cell): [string, unknown, (state: never) => unknown] => [
    "Recurrent",
    cell.initialState(batch),
    (state) => new Recurrent(cell).forward(ones([batch, 2, input]), { state }),
  ]),
  [
    "Bidirectional",
    { forwards: { h: zeros([batch, hidden]) }, backwards: { h: zeros([batch, hidden]), c: zeros([batch, hidden]) } },
    (state) =>
      new Bidirectional(new GRUCell(input, hidden), new LSTMCell(input, hidden)).forward(ones([batch, 2, input]), {
        state,
      }),
  ],
  ...[
    new RNN(input, hidden),
    new GRU(input, hidden, { layers: 2 }),
    new LSTM(input, hidden, { bidirectional: true }),
  ].map((layer): [string, unknown, (state: never) => unknown] => [
    layer.constructor.name,
    layer.initialState(batch),
    (state) => layer.forward(ones([batch, 2, input]), { state }),
  ]),
];

/** What may be wrong with one tensor of a state. */
const faults: Readonly<Record<string, (leaf: Tensor) => unknown>> = {
  "one row for all": (leaf) => zeros([...leaf.shape.slice(0, -2), 1, leaf.shape.at(-1) ?? 0], { dtype: leaf.dtype }),
  "one column for all": (leaf) => zeros([...leaf.shape.slice(0, -1), 1], { dtype: leaf.dtype }),
  "a scalar": (leaf) => zeros([], { dtype: leaf.dtype }),
  "an axis more": (leaf) => zeros([1, ...leaf.shape], { dtype: leaf.dtype }),
  "one row more": (leaf) =>
    zeros([...leaf.shape.slice(0, -2), batch + 1, leaf.shape.at(-1) ?? 0], { dtype: leaf.dtype }),
  float64: (leaf) => cast(leaf, "float64"),
  nothing: () => undefined,
  null: () => null,
  "a number": () => 0,
  "a list": (leaf) => [leaf],
  "a string": () => "h",
};

/** Every tree that differs from `tree` by `fault` at one leaf. */
function withFault(tree: unknown, fault: (leaf: Tensor) => unknown): unknown[] {
  return treeLeaves(tree).map((wrong) => treeMap((leaf: Tensor) => (leaf === wrong ? fault(leaf) : leaf), tree));
}

it.each(readers)("%s refuses a state that does not fit", (name, state, read) => {
  expect(() => read(untyped(state))).not.toThrow();
  const refusal = new RegExp(`^${name}: the state does not fit: [\\w.]+ is .*, not .*\\[`);
  const wholes = [null, 1, "h", zeros([batch, hidden]), [], {}, new Map(), () => state, [state], { state }];
  const trees = [...wholes, { ...Object(state), more: zeros([batch, hidden]) }];
  for (const wrong of [...Object.values(faults).flatMap((fault) => withFault(state, fault)), ...trees]) {
    expect(() => read(untyped(wrong))).toThrow(refusal);
    expect(() => read(untyped(wrong))).toThrow(TapegradError);
  }
});

it("a Parameter may be part of a state, and compiled steps check as well", () => {
  const cell = new LSTMCell(input, hidden, { generator });
  const h = new Parameter(ones([batch, hidden]));
  const xs = ones([batch, input]);
  const expected = cell.step(xs, { h: h.value, c: zeros([batch, hidden]) }).output;
  const step = compile((c: Tensor) => cell.step(xs, { h: untyped(h), c }).output);
  expect(values(step(zeros([batch, hidden])))).toEqual(values(expected));
  expect(() => step(zeros([batch, 1]))).toThrow("LSTMCell: the state does not fit: c is [3,1], not [3,4]");
});

it("cells read one row, or rows in several axes, with a state alike", () => {
  const cell = new LSTMCell(input, hidden, { generator });
  const [xs, h, c] = [generator.normal([batch, input]), generator.normal([batch, hidden]), zeros([batch, hidden])];
  const expected = values(cell.step(xs, { h, c }).output);
  const each = vmap((row: Tensor, rowH: Tensor, rowC: Tensor) => cell.step(row, { h: rowH, c: rowC }).output);
  expect(values(each(xs, h, c))).toEqual(expected);
  const stacked = (t: Tensor) => reshape(t, [batch, 1, 4]);
  expect(values(cell.step(stacked(xs), { h: stacked(h), c: stacked(c) }).output)).toEqual(expected);
  expect(() => cell.step(reshape(slice(xs, [0], [1]), [input]), { h, c })).toThrow(
    "LSTMCell: the state does not fit: h is [3,4], not [4]",
  );
});

it("a check draws nothing", () => {
  const drawing = new Generator(5);
  const cell = new VariationalDropoutCell(new GRUCell(input, hidden, { generator }), 0.5, { generator: drawing });
  const state = cell.initialState(batch);
  const before = values(drawing.state.value);
  cell.step(ones([batch, input]), state);
  new Recurrent(cell).forward(ones([batch, 2, input]), { state });
  expect(values(drawing.state.value)).toEqual(before);
});

it.each([
  null,
  1,
  "LSTM",
  {},
  [],
  new Map(),
  undefined,
  new GRU(2, 3),
  { step: () => null },
  { initialState: () => null, step: 1 },
])("%o is not a cell", (given) => {
  const makers: Readonly<Record<string, () => unknown>> = {
    Recurrent: () => new Recurrent(untyped(given)),
    Bidirectional: () => new Bidirectional(new GRUCell(2, 3), untyped(given)),
    StackedCell: () => new StackedCell([new GRUCell(2, 3), untyped(given)]),
    ZoneoutCell: () => new ZoneoutCell(untyped(given), 0.1),
    ResidualCell: () => new ResidualCell(untyped(given)),
    VariationalDropoutCell: () => new VariationalDropoutCell(untyped(given), 0.1),
  };
  for (const [name, make] of Object.entries(makers)) expect(make).toThrow(new RegExp(`^${name}: not a cell: `));
});

it("a cell that returns something else is named with what it returned", () => {
  for (const result of [undefined, null, 1, ones([3, 2]), { h: ones([3, 2]) }, { output: 1, state: {} }, []]) {
    const cell: Cell<object> = { initialState: () => ({ h: ones([1, 2]) }), step: () => untyped(result) };
    expect(() => new Recurrent(cell).forward(x)).toThrow(/^Recurrent: the cell returned .*; return { output, state }/);
    expect(() => new ResidualCell(cell).step(ones([1, 2]), { h: ones([1, 2]) })).toThrow(/^ResidualCell: the cell ret/);
  }
});

it("a state that grows is carried by hand, and refused where a scan would carry it", () => {
  interface State {
    readonly memory: Tensor;
  }
  const cell: Cell<State> = {
    initialState: (batch) => ({ memory: zeros([batch, 0]) }),
    step: (input, { memory }) => ({ output: input, state: { memory: concat([memory, input], { axis: 1 }) } }),
  };
  let state = cell.initialState(1);
  for (let step = 0; step < 3; step++) state = cell.step(ones([1, 2]), state).state;
  expect(state.memory.shape).toEqual([1, 6]);
  expect(() => new Recurrent(cell).forward(x, { state })).toThrow("memory is [1,6], not [1,0]");
  expect(() => new Recurrent(cell).forward(x)).toThrow(/^scan: carry.* changes its shape: \[1,0\], then \[1,2\]/);
});

/** As a caller without types would pass it. */
function untyped(value: unknown): never {
  return value as never; // The point of these tests.
}
