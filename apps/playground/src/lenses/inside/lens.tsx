/** Into the network, a level at a time: the chain over time, one step of it, one value of the step, its line on the tape. */
import "./inside.css";
import { visible } from "../../components/visible.ts";
import { useAnswer } from "../../run/use-answer.ts";
import { insideTexts as texts, valueTitles } from "../../texts/inside.ts";
import type { LensProps } from "../lens.ts";
import { Chain } from "./chain.tsx";
import { Path } from "./path.tsx";
import { ShapePicker } from "./shape-picker.tsx";
import { useHeld, useValue, useView } from "./view-state.ts";

export function Lens({ run }: LensProps) {
  const view = useView();
  const value = useValue();
  const held = useHeld();
  const { layer, unit } = run.unit.value;
  const { answer, problem } = useAnswer(run, "inside", { position: run.cursor.value, layer, unit, held: held.value });
  const input = visible(answer?.inputLabels[answer.time] ?? "");
  const titles = {
    chain: texts.chain,
    step: `Step ${run.cursor.value + 1}${input === "" ? "" : ` “${input}”`}`,
    gate: valueTitles[value.value],
    tape: texts.tape,
  };
  const open = (time: number, opened: number) => {
    if (answer === undefined) return;
    run.cursor.value = answer.start + time;
    run.unit.value = { layer: opened, unit };
    view.value = "step";
  };
  return (
    <div class="inside">
      <Path view={view.value} titles={titles} go={(next) => (view.value = next)} />
      {problem !== undefined && <p class="problem">{problem}</p>}
      {answer && view.value === "chain" && (
        <>
          <ShapePicker run={run} />
          <Chain run={run} inside={answer} held={held.value} open={open} />
          <p class="hint">{texts.chainHint}</p>
        </>
      )}
    </div>
  );
}

export function Explanation({ run }: LensProps) {
  const { layer, unit } = run.unit.value;
  const { answer } = useAnswer(run, "inside", { position: run.cursor.value, layer, unit, held: useHeld().value });
  if (answer === undefined) return null;
  const { inputLabels, hidden, units, time } = answer;
  return (
    <p>
      {texts.chainSentence(
        inputLabels.length,
        hidden.length,
        units,
        run.cursor.value + 1,
        visible(inputLabels[time] ?? ""),
      )}
    </p>
  );
}
