/** The five shapes of sequence problems as little pictures; choosing one starts a run on its data. */
import { isAbout, taskChoices } from "../../engine/tasks/choices.ts";
import { type ShapeName, shapeNames } from "../../engine/tasks/shapes.ts";
import { reportFailure } from "../../failure.ts";
import { chooseTask } from "../../run/choose-task.ts";
import type { Run } from "../../run/run.ts";
import { shapeNamesShown, insideTexts as texts } from "../../texts/inside.ts";

/** At which of its steps a shape has an input and an output. */
const pictures: Readonly<Record<ShapeName, readonly [inputs: string, outputs: string]>> = {
  "one-to-one": ["1", "1"],
  "one-to-many": ["100", "111"],
  "many-to-one": ["111", "001"],
  "sequence-to-sequence": ["1100", "0011"],
  aligned: ["111", "111"],
};

export function ShapePicker({ run }: { readonly run: Run }) {
  const settings = run.settings.value;
  return (
    <fieldset class="shape-picker" aria-label={texts.shapes}>
      {taskChoices.map((choice) => {
        const { task } = choice.settings;
        const shape = shapeNames.find((name) => task.kind === "shape" && name === task.shape);
        if (shape === undefined) return null;
        return (
          <button
            key={shape}
            type="button"
            class="shape"
            title={choice.description}
            aria-pressed={isAbout(choice, settings)}
            onClick={() => void chooseTask(run, choice).catch(reportFailure)}
          >
            <Picture shape={shape} />
            <span class="shape-name">{shapeNamesShown[shape]}</span>
          </button>
        );
      })}
    </fieldset>
  );
}

function Picture({ shape }: { readonly shape: ShapeName }) {
  const [inputs, outputs] = pictures[shape];
  return (
    <svg width={inputs.length * 12 + 2} height={40} aria-hidden="true">
      {[...inputs].map((input, step) => {
        const x = step * 12 + 2;
        return (
          <g key={step}>
            {outputs[step] === "1" && <rect class="picture-output" x={x} y={2} width={8} height={9} />}
            {outputs[step] === "1" && <path d={`M${x + 4} 15V11`} />}
            <rect class="picture-state" x={x} y={15} width={8} height={10} />
            {step > 0 && <path d={`M${x - 4} 20H${x}`} />}
            {input === "1" && <path d={`M${x + 4} 29V25`} />}
            {input === "1" && <rect class="picture-input" x={x} y={29} width={8} height={9} />}
          </g>
        );
      })}
    </svg>
  );
}
