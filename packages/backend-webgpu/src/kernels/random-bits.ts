/** Random bits: element i is word i mod 2 of the block (⌊i / 2⌋, draw), its top bits. */
import type { RandomBitsStep } from "@tapegrad/compiler";
import { defined } from "@tapegrad/core/internal";
import { forEach } from "../wgsl/shader.ts";
import type { Division, StepKernel } from "./kernel.ts";
import { positionsOf } from "./positions.ts";
import { literal } from "./sizes.ts";

/** The bits of elements from `first` on, an even number. */
export interface PartOfBits extends RandomBitsStep {
  readonly first?: number;
}

export function randomBitsKernels(
  { bits, state, to, first = 0 }: PartOfBits,
  { loop, sizes }: Division,
): readonly StepKernel[] {
  const [even, odd] = ["even", "odd"].map((name) =>
    positionsOf(name, to.shape, [to.strides], { sizes, name: `${name}At` }),
  );
  const { count, statements, offsets } = defined(even, "positions");
  if (count === 0) return [];
  const pairs = Math.ceil(count / 2);
  return [
    {
      label: `random bits of [${to.shape}]`,
      values: [state, to],
      functions: ["threefry"],
      invocations: loop,
      groups: Math.ceil(pairs / loop),
      body: (names) => {
        const word = (n: number) => `bitcast<u32>(${names.load(0, literal(n))})`;
        const block = first === 0 && sizes.areKnown ? "i" : `i + ${sizes.of(first / 2)}`;
        const store = (place: string | undefined, part: "x" | "y") =>
          names.store(1, defined(place, "offset"), `bitcast<i32>(words.${part} >> ${sizes.of(32 - bits)})`);
        return [
          `let key0 = ${word(0)};`,
          `let key1 = ${word(1)};`,
          `let draw = ${word(2)};`,
          forEach("i", sizes.of(pairs), loop, [
            `let words = threefry(key0, key1, ${block}, draw);`,
            "let even = 2u * i;",
            ...statements,
            store(offsets[0], "x"),
            "let odd = even + 1u;",
            `if (odd < ${sizes.of(count)}) {`,
            ...(odd?.statements ?? []).map((line) => `  ${line}`),
            `  ${store(odd?.offsets[0], "y")}`,
            "}",
          ]),
        ];
      },
    },
  ];
}
