/** The same steps as in `diagrams.ts` for narrow places: states run downwards on the left, and inputs are on the right. */
import type { CellName } from "../../engine/settings.ts";
import type { Box, Diagram, Operation } from "./diagrams.ts";

const lstm: Diagram = {
  width: 372,
  height: 640,
  boxes: [
    { name: "c before", x: 58, y: 42 },
    { name: "f", x: 190, y: 140 },
    { name: "i", x: 190, y: 235 },
    { name: "g", x: 190, y: 330 },
    { name: "c", x: 58, y: 400 },
    { name: "o", x: 190, y: 505 },
    { name: "h", x: 58, y: 597 },
    { name: "h before", x: 314, y: 42 },
    { name: "x", x: 314, y: 597 },
  ],
  operations: [
    { sign: "×", x: 58, y: 140 },
    { sign: "+", x: 58, y: 283 },
    { sign: "×", x: 104, y: 283 },
    { sign: "tanh", x: 58, y: 460 },
    { sign: "×", x: 58, y: 505 },
  ],
  wires: [
    "M58 79V124",
    "M58 153V267",
    "M58 296V360",
    "M136 140H74",
    "M136 235H104V267",
    "M136 330H104V299",
    "M91 283H74",
    "M58 437V444",
    "M58 473V489",
    "M136 505H74",
    "M58 518V557",
    "M300 79V505H247",
    "M300 140H247",
    "M300 235H247",
    "M300 330H247",
    "M328 560V140H300",
  ],
};

const gruBoxes: readonly Box[] = [
  { name: "h before", x: 58, y: 42 },
  { name: "r", x: 190, y: 140 },
  { name: "z", x: 190, y: 240 },
  { name: "n", x: 190, y: 420 },
  { name: "h", x: 58, y: 490 },
  { name: "x", x: 190, y: 530 },
];

const gruOperations: readonly Operation[] = [
  { sign: "×", x: 58, y: 240 },
  { sign: "1−", x: 110, y: 290 },
  { sign: "×", x: 110, y: 345 },
  { sign: "+", x: 58, y: 345 },
  { sign: "×", x: 345, y: 140 },
];

const gruWires: readonly string[] = [
  "M58 79V224",
  "M136 240H74",
  "M110 240V274",
  "M110 303V329",
  "M136 420H110V361",
  "M97 345H74",
  "M58 253V329",
  "M58 358V450",
  "M112 42H270V230H247",
  "M270 120H247",
  "M190 493V460",
  "M244 530H295V250H247",
  "M295 250V150H247",
  "M244 140H329",
];

const gruAfter: Diagram = {
  width: 372,
  height: 575,
  boxes: gruBoxes,
  operations: [...gruOperations, { sign: "U", x: 345, y: 85 }],
  wires: [...gruWires, "M270 42H345V69", "M345 98V124", "M345 153V420H247"],
};

const gruBefore: Diagram = {
  ...gruAfter,
  operations: [...gruOperations, { sign: "U", x: 345, y: 340 }],
  wires: [...gruWires, "M270 42H345V124", "M345 153V324", "M345 353V420H247"],
};

const rnn: Diagram = {
  width: 310,
  height: 440,
  boxes: [
    { name: "h before", x: 60, y: 42 },
    { name: "x", x: 250, y: 42 },
    { name: "a", x: 155, y: 215 },
    { name: "h", x: 155, y: 390 },
  ],
  operations: [
    { sign: "U", x: 60, y: 120 },
    { sign: "W", x: 250, y: 120 },
    { sign: "tanh", x: 155, y: 300 },
  ],
  wires: ["M60 79V104", "M60 133V215H98", "M250 79V104", "M250 133V215H212", "M155 252V284", "M155 313V350"],
};

const own: Diagram = {
  width: 310,
  height: 250,
  boxes: [
    { name: "h before", x: 60, y: 42 },
    { name: "x", x: 250, y: 42 },
    { name: "h", x: 155, y: 200 },
  ],
  operations: [],
  wires: ["M60 79V200H98", "M250 79V200H212"],
};

export const portraits: Readonly<Record<CellName, Diagram>> = {
  LSTM: lstm,
  GRU: gruAfter,
  "GRU, reset before": gruBefore,
  RNN: rnn,
  own,
};
