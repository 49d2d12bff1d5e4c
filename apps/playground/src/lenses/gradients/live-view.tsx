/** How far back the gradient of one prediction reaches in the run's network, and what the two walls of training do to it. */
import { type Signal, signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { shortNumber } from "../../components/short-number.ts";
import { visible } from "../../components/visible.ts";
import type { CellName, RunSettings } from "../../engine/settings.ts";
import { counts } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import type { Run } from "../../run/run.ts";
import { useAnswer } from "../../run/use-answer.ts";
import { gradientsTexts as texts } from "../../texts/gradients.ts";
import { useRestingCursor } from "../use-resting-cursor.ts";
import { type LineColor, linesOf } from "./flow-line.ts";
import { FlowPicture } from "./flow-picture.tsx";

const colors: Readonly<Record<CellName, LineColor>> = {
  RNN: "rnn",
  LSTM: "lstm",
  GRU: "gru",
  "GRU, reset before": "gru",
  own: "own",
};

type Walls = Pick<RunSettings, "window" | "clip">;

/** Of runs whose walls are being dragged, where these are now. */
const draggedWalls = new WeakMap<Run, Signal<Partial<Walls>>>();

function draggedOf(run: Run): Signal<Partial<Walls>> {
  const known = draggedWalls.get(run) ?? signal<Partial<Walls>>({});
  draggedWalls.set(run, known);
  return known;
}

/** The walls of training as they are set, or as they are being dragged. */
export function useWalls(run: Run) {
  const dragged = draggedOf(run);
  const settings = run.settings.value;
  useEffect(() => {
    dragged.value = {};
  }, [run, settings]);
  const window = dragged.value.window ?? (settings.window || (run.summary.value?.window ?? 1));
  const clip = dragged.value.clip ?? settings.clip;
  const move = (change: Partial<Walls>, atRest: boolean) => {
    dragged.value = { ...dragged.value, ...change };
    if (atRest) void goOnWith(run, change);
  };
  return { window, clip, move };
}

/** Training goes on from where it is; the state that it carried belongs to the windows before. */
async function goOnWith(run: Run, change: Partial<Walls>): Promise<void> {
  const isTraining = run.isTraining.peek();
  const snapshot = await run.snapshot();
  await run.start({ ...run.settings.peek(), ...change }, { ...snapshot, carried: [] });
  if (isTraining) await run.train();
}

export function useFlow(run: Run, window: number) {
  return useAnswer(run, "flow", { position: run.cursor.value, window }).answer;
}

export function LiveView({ run }: { readonly run: Run }) {
  useRestingCursor(run);
  const { window, clip, move } = useWalls(run);
  const chosenLayer = useLinked("gradients.layer", 0, counts);
  const reader = useSignal(0);
  const flow = useFlow(run, window);
  const { cell, task } = run.settings.value;
  if (flow === undefined) return <p class="hint">{texts.waiting}</p>;
  const layer = Math.min(chosenLayer.value, flow.layers.length - 1);
  const lines = linesOf(flow, layer, cell, colors[cell], clip);
  const last = flow.inputLabels.length - 1;
  const step = Math.min(reader.value, last);
  const tell = (at: number) =>
    texts.reading(
      last - at,
      visible(flow.inputLabels[at] ?? ""),
      lines.map(({ name, norms }) => `${name} ${shortNumber(norms[at] ?? 0)}`),
    );
  return (
    <div class="live">
      {flow.layers.length > 1 && (
        <label class="layer-choice">
          {texts.layer}
          <select
            value={layer}
            onChange={(event) => {
              chosenLayer.value = Number(event.currentTarget.value);
            }}
          >
            {flow.layers.map((_, each) => (
              <option key={each} value={each}>
                {texts.layerName(each)}
              </option>
            ))}
          </select>
        </label>
      )}
      <FlowPicture
        description={texts.flow(visible(flow.label), visible(flow.target))}
        lines={lines}
        labels={flow.inputLabels}
        parameterNorm={flow.parameterNorm}
        window={window}
        clip={clip}
        reader={step}
        onWindow={(wanted, atRest) => move({ window: wanted }, atRest && task.kind === "text")}
        onClip={(wanted, atRest) => move({ clip: wanted }, atRest)}
        onRead={(wanted) => {
          reader.value = wanted;
        }}
        tell={tell}
      />
      <ul class="line-keys">
        {lines.map(({ key, name, color, dashed }) => (
          <li key={key} class={`flow-line ${color} ${dashed ? "dashed" : ""}`}>
            <svg width="26" height="10" aria-hidden="true">
              <path d="M1 5H25" />
            </svg>
            {name}
          </li>
        ))}
      </ul>
      <output class="reading">{tell(step)}</output>
      <p class="hint">{task.kind === "text" ? texts.hint : texts.fixedWindow}</p>
    </div>
  );
}
