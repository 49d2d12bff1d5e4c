/** The forget gate's example: a cell state of three numbers, a gate that can be dragged, and the resulting state. */
import { listOf, numbers } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import type { Run } from "../../run/run.ts";
import { useAnswer } from "../../run/use-answer.ts";
import { insideTexts as texts } from "../../texts/inside.ts";

const example = { state: [3, 5, -2], gate: [0.7, 0.4, 0.8] };
/** Pixels of a bar per one, and its middle. */
const scale = 18;
const middle = 110;
const height = 170;

export function useForgetting(run: Run) {
  const gate = useLinked<readonly number[]>("inside.gate", example.gate, listOf(numbers));
  const held = gate.value.length === example.gate.length ? gate.value : example.gate;
  const { answer } = useAnswer(run, "forgetting", { state: example.state, gate: held });
  return { ...example, gate: held, left: answer, setGate: (next: readonly number[]) => (gate.value = next) };
}

export function Forgetting({ run }: { readonly run: Run }) {
  const { state, gate, left, setGate } = useForgetting(run);
  return (
    <div class="forgetting">
      <p class="equation-line">
        [{state.map(whole).join(", ")}] ⊙ [{gate.map(tenths).join(", ")}] ={" "}
        <strong>[{left === undefined ? "…" : Array.from(left, tenths).join(", ")}]</strong>
      </p>
      <div class="forgetting-units">
        {state.map((before, unit) => (
          <div key={before} class="forgetting-unit">
            <svg
              width={160}
              height={height}
              role="img"
              aria-label={texts.forgettingBar(unit + 1, before, left?.[unit])}
            >
              <path class="axis" d={`M0 ${middle}H160`} />
              <Bar x={28} value={before} kind="before" />
              {left !== undefined && <Bar x={92} value={left[unit] ?? 0} kind="after" />}
            </svg>
            <label>
              <span>{texts.forgetUnit(unit + 1)}</span>
              <input
                type="range"
                min={0}
                max={1}
                step={0.1}
                value={gate[unit] ?? 0}
                onInput={(event) => setGate(gate.with(unit, event.currentTarget.valueAsNumber))}
              />
              <output>{tenths(gate[unit] ?? 0)}</output>
            </label>
          </div>
        ))}
      </div>
      <p class="hint">{texts.forgettingHint}</p>
    </div>
  );
}

function Bar({ x, value, kind }: { readonly x: number; readonly value: number; readonly kind: "before" | "after" }) {
  const length = Math.abs(value) * scale;
  return (
    <g class={`forgetting-bar ${kind}`}>
      <rect x={x} y={value < 0 ? middle : middle - length} width={40} height={length} />
      <text x={x + 20} y={value < 0 ? middle + length + 13 : middle - length - 4}>
        {kind === "before" ? whole(value) : tenths(value)}
      </text>
    </g>
  );
}

function whole(value: number): string {
  return String(value).replace("-", "−");
}

function tenths(value: number): string {
  return value.toFixed(1).replace("-", "−");
}
