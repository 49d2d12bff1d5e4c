/** The two GRUs side by side in what differs: whether the reset gate acts after the matrix product or before it. */
import type { ValueName } from "../../engine/gates.ts";
import { type Codec, numbers } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import type { Run } from "../../run/run.ts";
import { useAnswer } from "../../run/use-answer.ts";
import { insideTexts as texts } from "../../texts/inside.ts";
import type { OneGRU } from "./answer-presets.ts";
import { CellPicture } from "./cell-picture.tsx";
import { candidates } from "./diagrams.ts";
import { thousandths } from "./formula.ts";

const reset: Codec<number | undefined> = {
  encode: (value) => (value === undefined ? "" : numbers.encode(value)),
  decode: numbers.decode,
};

export function useBothGRUs(run: Run) {
  const held = useLinked<number | undefined>("inside.reset", undefined, reset);
  const { answer } = useAnswer(run, "bothGRUs", {
    position: run.cursor.value,
    layer: run.unit.value.layer,
    reset: held.value,
  });
  return { held, answer };
}

export function BothGRUs({ run }: { readonly run: Run }) {
  const { held, answer } = useBothGRUs(run);
  const { unit } = run.unit.value;
  if (answer === undefined) return null;
  const holdOf = (name: ValueName) =>
    name === "r" ? (value: number) => (held.value = Math.round(value * 100) / 100) : undefined;
  return (
    <div class="both-grus">
      {!answer.isOfRun && <p class="hint">{texts.notOfRun}</p>}
      <div class="gru-pair">
        {(["after", "before"] as const).map((kind) => (
          <div key={kind}>
            <h2>{texts.gruTitles[kind]}</h2>
            <CellPicture
              title={texts.gruTitles[kind]}
              diagram={candidates[kind]}
              step={{ x: answer.x, h: answer.h, c: undefined, values: answer[kind].values }}
              unit={unit}
              reads=""
              held={held.value === undefined ? undefined : "r"}
              holdOf={holdOf}
            />
            <Numbers gru={answer[kind]} unit={unit} memory={texts.gruMemory[kind]} />
          </div>
        ))}
      </div>
      <button
        type="button"
        class="chip"
        aria-disabled={held.value === undefined}
        onClick={() => {
          held.value = undefined;
        }}
      >
        {texts.releaseReset}
      </button>
      <p class="hint">{texts.grusHint}</p>
    </div>
  );
}

interface NumbersProps {
  readonly gru: OneGRU;
  readonly unit: number;
  readonly memory: string;
}

function Numbers({ gru: { values, memory: fromState }, unit, memory }: NumbersProps) {
  const rows = [
    [memory, fromState[unit]],
    ["n", values.n?.[unit]],
    ["h", values.h?.[unit]],
  ] as const;
  return (
    <table class="gru-numbers">
      <caption>{texts.ofUnit(unit + 1)}</caption>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value === undefined ? "" : thousandths(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
