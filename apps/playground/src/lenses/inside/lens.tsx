/** Into the network, a level at a time: the chain over time, one step of it, one value of the step, its line on the tape. */
import "./inside.css";
import "./step.css";
import { visible } from "../../components/visible.ts";
import type { ValueName } from "../../engine/gates.ts";
import { insideTexts as texts, valueTitles } from "../../texts/inside.ts";
import type { LensProps } from "../lens.ts";
import { BothGRUs } from "./both-grus.tsx";
import { CellPicture } from "./cell-picture.tsx";
import { Chain } from "./chain.tsx";
import { diagrams } from "./diagrams.ts";
import { EquationView } from "./equation.tsx";
import { ExamplePager } from "./example-pager.tsx";
import { Forgetting } from "./forgetting.tsx";
import { hasEquations } from "./formula.ts";
import { HoldPanel } from "./hold-panel.tsx";
import { Path } from "./path.tsx";
import { portraits } from "./portraits.ts";
import { ShapePicker } from "./shape-picker.tsx";
import { TapeView } from "./tape-view.tsx";
import { ValueSlider } from "./value-slider.tsx";
import { heldAt, nameIn, useAllUnits, useHeld, useInside, useValue, useView, type View } from "./view-state.ts";

export { Explanation } from "./explanation.tsx";
export { table } from "./table.ts";

export function Lens({ run }: LensProps) {
  const view = useView();
  const value = useValue();
  const held = useHeld();
  const all = useAllUnits();
  const go = (next: View) => {
    view.value = next;
  };
  const { layer, unit } = run.unit.value;
  const { answer, problem } = useInside(run);
  const isKnown = answer !== undefined && hasEquations(answer.step);
  const input = visible(answer?.inputLabels[answer.time] ?? "");
  const open = (time: number, opened: number) => {
    if (answer === undefined) return;
    run.cursor.value = answer.start + time;
    run.unit.value = { layer: opened, unit };
    view.value = "step";
  };
  const hold = (name: ValueName, at: number) => {
    held.value = {
      position: run.cursor.value,
      layer,
      name,
      unit: all.value ? "all" : unit,
      value: Math.round(at * 100) / 100,
    };
  };
  const here = heldAt(held.value, answer, layer);
  const name = answer && nameIn(answer.step, value.value);
  const openValue = (time: number, opened: ValueName) => {
    if (answer === undefined) return;
    run.cursor.value = answer.start + time;
    value.value = opened;
    view.value = isKnown ? "gate" : "tape";
  };
  const titles = {
    chain: texts.chain,
    step: texts.stepTitle(
      answer ? answer.firstStep + answer.time : run.cursor.value + 1,
      input,
      run.settings.value.layers > 1 ? layer + 1 : undefined,
    ),
    gate: valueTitles[name ?? value.value],
    tape: texts.tape,
  };
  return (
    <div class="inside" data-view={answer && view.value}>
      <Path view={view.value} titles={titles} go={go} />
      {problem !== undefined && <p class="problem">{problem}</p>}
      {answer && view.value === "chain" && (
        <>
          <ShapePicker run={run} />
          <Chain
            run={run}
            inside={answer}
            held={answer.isHeld ? held.value : undefined}
            open={open}
            openValue={openValue}
          />
          <ExamplePager run={run} start={answer.start} />
          <p class="hint">{texts.chainHint}</p>
          <HoldPanel run={run} inside={answer} />
        </>
      )}
      {answer && view.value === "step" && (
        <>
          <CellPicture
            title={texts.stepPicture}
            diagram={diagrams[run.settings.value.cell]}
            narrow={portraits[run.settings.value.cell]}
            step={answer.step}
            unit={unit}
            reads={layer === 0 ? input : ""}
            held={here?.name}
            open={(name) => {
              value.value = name;
              view.value = isKnown ? "gate" : "tape";
            }}
            holdOf={(name) => (isKnown ? (at) => hold(name, at) : undefined)}
          />
          <p class="hint">{isKnown ? texts.stepHint : texts.ownCell}</p>
          <HoldPanel run={run} inside={answer} />
        </>
      )}
      {answer && name && view.value === "gate" && (
        <>
          <EquationView
            name={name}
            cell={run.settings.value.cell}
            step={answer.step}
            unit={unit}
            isHeld={here?.name === name && (here.unit === "all" || here.unit === unit)}
          />
          {isKnown && <ValueSlider name={name} value={answer.step.values[name]?.[unit] ?? 0} unit={unit} hold={hold} />}
          <HoldPanel run={run} inside={answer} />
          <button type="button" class="chip" onClick={() => go("tape")}>
            {texts.toTape}
          </button>
        </>
      )}
      {view.value === "forgetting" && <Forgetting run={run} />}
      {view.value === "grus" && <BothGRUs run={run} />}
      {view.value === "tape" && <TapeView run={run} value={name ?? value.value} />}
    </div>
  );
}
