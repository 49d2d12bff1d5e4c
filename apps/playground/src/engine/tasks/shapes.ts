/**
 * The five shapes of sequence problems (Karpathy, 2015), each as a tiny problem of its own, written out in full: all its
 * sequences, with input and target at every step.
 */

export const shapeNames = ["one-to-one", "one-to-many", "many-to-one", "sequence-to-sequence", "aligned"] as const;
export type ShapeName = (typeof shapeNames)[number];

/** The token that the network reads at a step without an input. */
export const blank = "·";

/** As many inputs as targets; where nothing is asked for, the target is undefined. */
export interface Example {
  readonly inputs: readonly string[];
  readonly targets: readonly (string | undefined)[];
}

export interface Shape {
  /** All alike in length, and in the steps at which there is a target. */
  readonly examples: readonly Example[];
  /** The names of an input's digits, which are read as numbers; without them, inputs are tokens. */
  readonly numbers?: readonly string[];
}

export const shapes: Readonly<Record<ShapeName, () => Shape>> = {
  /** Are two bits different? */
  "one-to-one": () => ({
    examples: words("01", 2).map((bits) => ({ inputs: [bits], targets: [bits[0] === bits[1] ? "same" : "different"] })),
    numbers: ["first bit", "second bit"],
  }),
  /** A digit, then its name letter by letter, and full stops after its end. */
  "one-to-many": () => ({
    examples: digitNames.map((name, digit) => ({
      inputs: [String(digit), ...repeated(blank, longestName)],
      targets: [...name.padEnd(longestName + 1, ".")],
    })),
  }),
  /** Praise or blame? Each "not" turns the verdict into its opposite. */
  "many-to-one": () => ({
    examples: ["it", "this"].flatMap((subject) =>
      ["not", "so", "very"].flatMap((first) =>
        ["not", "really", "just"].flatMap((second) =>
          Object.entries(verdicts).map(([verdict, isGood]) => ({
            inputs: [subject, "is", first, second, verdict],
            targets: [
              ...repeated(undefined, 4),
              (isGood === (first === "not")) !== (second === "not") ? "blame" : "praise",
            ],
          })),
        ),
      ),
    ),
  }),
  /** Three digits, then the same backwards. */
  "sequence-to-sequence": () => ({
    examples: words("01234", 3).map((digits) => ({
      inputs: [...digits, ...repeated(blank, 3)],
      targets: [...repeated(undefined, 3), ...[...digits].toReversed()],
    })),
  }),
  /** After every bit: is the number of ones so far even or odd? */
  aligned: () => ({
    examples: words("01", 6).map((bits) => ({ inputs: [...bits], targets: parities(bits) })),
  }),
};

const digitNames = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const longestName = 5;
const verdicts = { good: true, great: true, fine: true, bad: false, poor: false, dull: false };

/** All words of `length` letters, in order. */
function words(letters: string, length: number): string[] {
  if (length === 0) return [""];
  return words(letters, length - 1).flatMap((word) => [...letters].map((letter) => word + letter));
}

function parities(bits: string): string[] {
  let odd = false;
  return [...bits].map((bit) => {
    odd = odd !== (bit === "1");
    return odd ? "odd" : "even";
  });
}

function repeated<T>(value: T, count: number): T[] {
  return Array.from({ length: count }, () => value);
}
