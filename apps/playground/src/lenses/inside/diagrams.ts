/** The picture of one step of each cell, as a table: boxes for values, circles for operations, wires between them. */
import type { ValueName } from "../../engine/gates.ts";
import type { CellName } from "../../engine/settings.ts";

/** By its centre, in the picture's pixels. */
export interface Box {
  readonly name: ValueName | "x" | "h before" | "c before";
  readonly x: number;
  readonly y: number;
}

export interface Operation {
  readonly sign: "×" | "+" | "tanh" | "1−" | "U" | "W";
  readonly x: number;
  readonly y: number;
}

export interface Diagram {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly operations: readonly Operation[];
  /** SVG paths; each ends in an arrow. */
  readonly wires: readonly string[];
}

export const boxSize = { width: 108, height: 74 };
/** Of its sign; "tanh" takes more room to the sides. */
export const operationRadius = 13;

const lstm: Diagram = {
  width: 760,
  height: 420,
  boxes: [
    { name: "c before", x: 60, y: 50 },
    { name: "c", x: 700, y: 50 },
    { name: "f", x: 200, y: 250 },
    { name: "i", x: 325, y: 250 },
    { name: "g", x: 450, y: 250 },
    { name: "o", x: 575, y: 250 },
    { name: "h before", x: 60, y: 250 },
    { name: "x", x: 60, y: 375 },
    { name: "h", x: 700, y: 375 },
  ],
  operations: [
    { sign: "×", x: 200, y: 50 },
    { sign: "+", x: 450, y: 50 },
    { sign: "×", x: 450, y: 145 },
    { sign: "tanh", x: 700, y: 160 },
    { sign: "×", x: 700, y: 250 },
  ],
  wires: [
    "M114 50H184",
    "M213 50H434",
    "M463 50H643",
    "M200 213V66",
    "M325 213V145H434",
    "M450 213V161",
    "M450 132V66",
    "M700 87V144",
    "M700 173V234",
    "M629 250H684",
    "M700 263V335",
    "M60 287V315H575V290",
    "M114 375H140V315",
    "M200 315V290",
    "M325 315V290",
    "M450 315V290",
  ],
};

const gruBoxes: readonly Box[] = [
  { name: "h before", x: 60, y: 50 },
  { name: "h", x: 700, y: 50 },
  { name: "r", x: 200, y: 250 },
  { name: "z", x: 440, y: 250 },
  { name: "n", x: 610, y: 250 },
  { name: "x", x: 60, y: 375 },
];

const gruOperations: readonly Operation[] = [
  { sign: "×", x: 440, y: 50 },
  { sign: "+", x: 590, y: 50 },
  { sign: "1−", x: 515, y: 145 },
  { sign: "×", x: 590, y: 145 },
  { sign: "×", x: 320, y: 250 },
];

const gruWires: readonly string[] = [
  "M114 50H424",
  "M453 50H574",
  "M603 50H643",
  "M440 213V66",
  "M440 145H499",
  "M528 145H574",
  "M590 213V161",
  "M590 132V66",
  "M60 87V322H420V290",
  "M180 322V290",
  "M114 375H630V290",
  "M220 375V290",
  "M460 375V290",
  "M254 250H304",
];

const gruAfter: Diagram = {
  width: 760,
  height: 420,
  boxes: gruBoxes,
  operations: [...gruOperations, { sign: "U", x: 320, y: 145 }],
  wires: [...gruWires, "M320 50V129", "M320 158V234", "M320 263V303H590V290"],
};

const gruBefore: Diagram = {
  ...gruAfter,
  operations: [...gruOperations, { sign: "U", x: 515, y: 303 }],
  wires: [...gruWires, "M320 50V234", "M320 263V303H499", "M528 303H590V290"],
};

const rnn: Diagram = {
  width: 620,
  height: 270,
  boxes: [
    { name: "h before", x: 60, y: 60 },
    { name: "x", x: 60, y: 210 },
    { name: "a", x: 310, y: 135 },
    { name: "h", x: 560, y: 135 },
  ],
  operations: [
    { sign: "U", x: 185, y: 60 },
    { sign: "W", x: 185, y: 210 },
    { sign: "tanh", x: 440, y: 135 },
  ],
  wires: ["M114 60H169", "M114 210H169", "M198 60H290V95", "M198 210H290V175", "M364 135H424", "M453 135H503"],
};

/** Of a GRU's candidate: what the reset gate is multiplied with. */
const candidate = {
  width: 372,
  height: 385,
  boxes: [
    { name: "h before", x: 58, y: 42 },
    { name: "x", x: 314, y: 42 },
    { name: "n", x: 280, y: 343 },
  ],
  operations: [
    { sign: "W", x: 314, y: 165 },
    { sign: "+", x: 150, y: 285 },
    { sign: "tanh", x: 150, y: 343 },
  ],
  wires: [
    "M58 79V104",
    "M58 133V179",
    "M58 208V285H134",
    "M314 79V149",
    "M314 178V248H150V269",
    "M150 298V327",
    "M166 343H223",
  ],
} as const satisfies Diagram;

const firstPlace = 120;
const secondPlace = 195;

function candidateOf(product: number, reset: number): Diagram {
  return {
    ...candidate,
    boxes: [...candidate.boxes, { name: "r", x: 190, y: reset }],
    operations: [...candidate.operations, { sign: "U", x: 58, y: product }, { sign: "×", x: 58, y: reset }],
    wires: [...candidate.wires, `M136 ${reset}H74`],
  };
}

export const candidates = {
  after: candidateOf(firstPlace, secondPlace),
  before: candidateOf(secondPlace, firstPlace),
} as const;

/** A cell of one's own is a box without an inside. */
const own: Diagram = {
  width: 460,
  height: 270,
  boxes: [
    { name: "h before", x: 60, y: 60 },
    { name: "x", x: 60, y: 210 },
    { name: "h", x: 400, y: 135 },
  ],
  operations: [],
  wires: ["M114 60H230V125H343", "M114 210H230V145H343"],
};

export const diagrams: Readonly<Record<CellName, Diagram>> = {
  LSTM: lstm,
  GRU: gruAfter,
  "GRU, reset before": gruBefore,
  RNN: rnn,
  own,
};

/** Between which numbers a value lies, or can be held. */
export const ranges: Readonly<Record<ValueName, readonly [from: number, to: number]>> = {
  a: [-4, 4],
  i: [0, 1],
  f: [0, 1],
  g: [-1, 1],
  o: [0, 1],
  r: [0, 1],
  z: [0, 1],
  n: [-1, 1],
  c: [-4, 4],
  h: [-1, 1],
};
