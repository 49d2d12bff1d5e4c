/** How far back the gradient of one prediction reaches in the run's network, and what the two walls of training do to it. */
import { type Signal, signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { shortNumber } from "../../components/short-number.ts";
import type { CellName, RunSettings, TaskSettings } from "../../engine/settings.ts";
import { counts, flags } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import type { Run } from "../../run/run.ts";
import { useAnswer } from "../../run/use-answer.ts";
import { gradientsTexts as texts } from "../../texts/gradients.ts";
import { elementName } from "../element-name.ts";
import { useIsCompared } from "../use-is-compared.ts";
import { useRestingCursor } from "../use-resting-cursor.ts";
import type { Flow } from "./answer-flow.ts";
import { type FlowLine, type LineColor, linesOf } from "./flow-line.ts";
import { FlowPicture } from "./flow-picture.tsx";
import { type Sibling, useSiblings } from "./siblings.ts";

const colors: Readonly<Record<CellName, LineColor>> = {
  RNN: "rnn",
  LSTM: "lstm",
  GRU: "gru",
  "GRU, reset before": "gru",
  own: "own",
};

/** Steps back over which something is seen to vanish. */
const enoughSteps = 10;

/** The tasks whose data are read in windows; sequences of the others are read whole. */
const cutInWindows: ReadonlySet<TaskSettings["kind"]> = new Set(["text", "series"]);

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
  const set: Walls = { window: settings.window || (run.summary.value?.window ?? 1), clip: settings.clip };
  const { window, clip } = { ...set, ...dragged.value };
  const move = (change: Partial<Walls>, atRest: boolean) => {
    const next: Walls = { ...set, ...change };
    const isOther = next.window !== set.window || next.clip !== set.clip;
    dragged.value = atRest && !isOther ? {} : { ...dragged.value, ...change };
    if (atRest && isOther) void learnWith(run, change);
  };
  return { window, clip, move };
}

/** Where runs are to come that learn again, and whether they were learning before; the last change of several leads there. */
const goals = new WeakMap<Run, { readonly step: number; readonly goesOn: boolean; change: Partial<Walls> }>();

/** The same seed's network learns again with the new walls, to the step that it was at, and goes on if it was learning. */
async function learnWith(run: Run, change: Partial<Walls>): Promise<void> {
  const goal = goals.get(run) ?? { step: run.step.peek(), goesOn: run.isTraining.peek(), change };
  goal.change = change;
  goals.set(run, goal);
  await run.configure(change);
  await run.trainTo(goal.step);
  if (goal.change !== change) return;
  goals.delete(run);
  if (goal.goesOn && run.step.peek() >= goal.step) await run.train();
}

export function useFlow(run: Run, window: number) {
  return useAnswer(run, "flow", { position: run.cursor.value, window }).answer;
}

/** Asks one sibling, for the component above: what hooks do in a loop. */
function SiblingFlow({ sibling, window, position, onFlow }: SiblingFlowProps) {
  const { answer } = useAnswer(sibling.run, "flow", { position, window });
  useEffect(() => {
    if (answer !== undefined) onFlow(answer);
  }, [answer]);
  return null;
}

interface SiblingFlowProps {
  readonly sibling: Sibling;
  readonly window: number;
  readonly position: number;
  readonly onFlow: (flow: Flow) => void;
}

export function LiveView({ run }: { readonly run: Run }) {
  useRestingCursor(run);
  const { window, clip, move } = useWalls(run);
  const chosenLayer = useLinked("gradients.layer", 0, counts);
  const withSiblings = useLinked("gradients.siblings", true, flags);
  const flow = useFlow(run, window);
  // Compare puts runs beside each other by itself.
  const isAlone = !useIsCompared();
  const siblings = useSiblings(run, flow !== undefined && isAlone && withSiblings.value);
  const siblingFlows = useSignal<ReadonlyMap<Run, Flow>>(new Map());
  const reader = useSignal(0);
  const { cell, task, hidden } = run.settings.value;
  const isCut = cutInWindows.has(task.kind);
  if (flow === undefined) return <p class="hint picture-to-come">{texts.waiting}</p>;
  const layer = Math.min(chosenLayer.value, flow.layers.length - 1);
  const lines = linesOf(flow, layer, cell, colors[cell], clip);
  const beside = siblings.map(({ run: other, settings }) => {
    const found = siblingFlows.value.get(other);
    const isSame = found?.position === flow.position && found.inputLabels.length === flow.inputLabels.length;
    return {
      settings,
      run: other,
      lines: found && isSame ? linesOf(found, layer, settings.cell, colors[settings.cell], clip) : [],
    };
  });
  const all = [...beside.flatMap((each) => each.lines), ...lines];
  const last = flow.inputLabels.length - 1;
  const step = Math.min(reader.value, last);
  const tell = (at: number) =>
    texts.reading(
      last - at,
      elementName(flow.inputLabels[at] ?? ""),
      [...lines, ...beside.flatMap((each) => each.lines)].map(
        ({ name, norms }) => `${name} ${shortNumber(norms[at] ?? 0)}`,
      ),
    );
  return (
    <div class="live">
      {siblings.map((sibling) => (
        <SiblingFlow
          key={sibling.settings.cell}
          sibling={sibling}
          window={window}
          position={run.cursor.value}
          onFlow={(found) => {
            siblingFlows.value = new Map(siblingFlows.peek()).set(sibling.run, found);
          }}
        />
      ))}
      <div class="live-choices">
        {isAlone && (
          <label>
            <input
              type="checkbox"
              checked={withSiblings.value}
              onChange={(event) => {
                withSiblings.value = event.currentTarget.checked;
              }}
            />
            {texts.siblings}
          </label>
        )}
        {flow.layers.length > 1 && (
          <label>
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
      </div>
      <FlowPicture
        description={texts.flow(elementName(flow.label), elementName(flow.target))}
        lines={all}
        labels={flow.inputLabels}
        parameterNorm={flow.parameterNorm}
        window={window}
        clip={clip}
        reader={step}
        onWindow={(wanted, atRest) => move({ window: wanted }, atRest && isCut)}
        onClip={(wanted, atRest) => move({ clip: wanted }, atRest)}
        onRead={(wanted) => {
          reader.value = wanted;
        }}
        tell={tell}
      />
      <ul class="line-keys">
        <LineKeys lines={lines} note={texts.units(hidden)} />
        {beside.map((each) => (
          <LineKeys
            key={each.settings.cell}
            lines={each.lines}
            note={texts.siblingNote(each.settings.hidden, each.run.step.value, run.step.value)}
          />
        ))}
      </ul>
      <p class="reading">{tell(step)}</p>
      <p class="hint">{isCut ? texts.hint : texts.fixedWindow}</p>
      {isCut && last < enoughSteps && <p class="hint">{texts.short}</p>}
    </div>
  );
}

function LineKeys({ lines, note }: { readonly lines: readonly FlowLine[]; readonly note: string }) {
  return lines.map(({ key, name, color, dashed }) => (
    <li key={key} class={`flow-line ${color} ${dashed ? "dashed" : ""}`}>
      <svg width="26" height="10" aria-hidden="true">
        <path d="M1 5H25" />
      </svg>
      {name} {note}
    </li>
  ));
}
