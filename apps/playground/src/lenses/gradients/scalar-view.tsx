/** One number through time: drag x, W, b and the number of steps, and see what each factor does to the gradient. */
import { shortNumber } from "../../components/short-number.ts";
import { numbers } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import type { Run } from "../../run/run.ts";
import { useAnswer } from "../../run/use-answer.ts";
import { gradientsTexts as texts } from "../../texts/gradients.ts";
import { ProductPicture } from "./product-picture.tsx";
import type { ScalarFlow, ScalarSettings } from "./scalar-example.ts";
import { TanhPicture } from "./tanh-picture.tsx";

/** In the order of the page. */
const sliders = {
  x: { from: -2, to: 2, step: 0.05 },
  weight: { from: -4, to: 4, step: 0.1 },
  bias: { from: -2, to: 2, step: 0.1 },
  steps: { from: 1, to: 20, step: 1 },
} as const satisfies Record<keyof ScalarSettings, object>;

const names = ["x", "weight", "bias", "steps"] as const;

/** The example of the three inputs, which the lens begins with. */
const initial: ScalarSettings = { x: 1, weight: 3, bias: 1, steps: 3 };
const exampleInputs = [-0.5, 0, 1] as const;

/** The settings, kept in the link; values out of range are held to it. */
export function useScalarSettings(): {
  readonly settings: ScalarSettings;
  readonly change: (name: keyof ScalarSettings, value: number) => void;
} {
  const linked = {
    x: useLinked("gradients.x", initial.x, numbers),
    weight: useLinked("gradients.W", initial.weight, numbers),
    bias: useLinked("gradients.b", initial.bias, numbers),
    steps: useLinked("gradients.T", initial.steps, numbers),
  };
  const held = (name: keyof ScalarSettings) => {
    const { from, to, step } = sliders[name];
    const value = Math.min(to, Math.max(from, linked[name].value));
    return Number((Math.round(value / step) * step).toFixed(2));
  };
  return {
    settings: { x: held("x"), weight: held("weight"), bias: held("bias"), steps: held("steps") },
    change: (name, value) => {
      linked[name].value = value;
    },
  };
}

export function useScalarFlow(run: Run, settings: ScalarSettings): ScalarFlow | undefined {
  return useAnswer(run, "scalarFlow", settings).answer;
}

export function ScalarView({ run }: { readonly run: Run }) {
  const { settings, change } = useScalarSettings();
  const flow = useScalarFlow(run, settings);
  return (
    <div class="scalar">
      <p class="scalar-equation">{texts.equation}</p>
      <div class="scalar-sliders">
        {names.map((name) => (
          <label key={name} class="scalar-slider">
            <span>
              {texts.sliders[name]} <b aria-hidden="true">{shortNumber(settings[name])}</b>
            </span>
            <input
              type="range"
              min={sliders[name].from}
              max={sliders[name].to}
              step={sliders[name].step}
              value={settings[name]}
              onInput={(event) => change(name, Number(event.currentTarget.value))}
            />
          </label>
        ))}
      </div>
      <fieldset class="scalar-examples">
        <legend class="visually-hidden">{texts.examples}</legend>
        {exampleInputs.map((x) => (
          <Example
            key={x}
            run={run}
            settings={{ ...settings, x }}
            choose={() => change("x", x)}
            current={settings.x === x}
          />
        ))}
      </fieldset>
      {flow && (
        <div class="scalar-pictures">
          <TanhPicture flow={flow} />
          <ProductPicture flow={flow} settings={settings} />
        </div>
      )}
    </div>
  );
}

interface ExampleProps {
  readonly run: Run;
  readonly settings: ScalarSettings;
  readonly choose: () => void;
  readonly current: boolean;
}

function Example({ run, settings, choose, current }: ExampleProps) {
  const gradient = useScalarFlow(run, settings)?.gradients[0];
  return (
    <button type="button" aria-pressed={current} onClick={choose}>
      {texts.example(settings.x, settings.steps, gradient)}
    </button>
  );
}
