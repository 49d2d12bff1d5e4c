/** How a gradient goes back through time: of one number first, then of the run's network. */
import { useId } from "preact/hooks";
import { Formula } from "../../components/formula.tsx";
import { oneOf } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import { gradientsTexts as texts } from "../../texts/gradients.ts";
import type { LensProps } from "../lens.ts";
import { useIsCompared } from "../use-is-compared.ts";
import { mathml as chain } from "./chain.tex";
import { LiveView, useFlow, useWalls } from "./live-view.tsx";
import { mathml as product } from "./product.tex";
import { ScalarView, useScalarFlow, useScalarSettings } from "./scalar-view.tsx";
import "./gradients.css";

export { table } from "./table.ts";

const parts = ["scalar", "live"] as const;

function usePart() {
  return useLinked("gradients.part", "scalar", oneOf(parts));
}

export function Lens({ run }: LensProps) {
  const part = usePart();
  const group = useId();
  // The scalar example is the same beside every run.
  if (useIsCompared()) return <LiveView run={run} />;
  return (
    <>
      <fieldset class="part-choice">
        <legend class="visually-hidden">{texts.part}</legend>
        {parts.map((name) => (
          <label key={name}>
            <input
              type="radio"
              name={group}
              checked={part.value === name}
              onChange={() => {
                part.value = name;
              }}
            />
            {texts.parts[name]}
          </label>
        ))}
      </fieldset>
      {part.value === "scalar" ? <ScalarView run={run} /> : <LiveView run={run} />}
    </>
  );
}

export function Explanation({ run }: LensProps) {
  return usePart().value === "scalar" ? <ScalarExplanation run={run} /> : <LiveExplanation run={run} />;
}

function ScalarExplanation({ run }: LensProps) {
  const { settings } = useScalarSettings();
  const flow = useScalarFlow(run, settings);
  return (
    <>
      <p>{flow && texts.scalarSentence(settings, flow)}</p>
      <Formula mathml={product} />
      <pre>
        <code>{texts.scalarCode}</code>
      </pre>
    </>
  );
}

function LiveExplanation({ run }: LensProps) {
  const { window, clip } = useWalls(run);
  const flow = useFlow(run, window);
  return (
    <>
      <p>{flow && texts.flowSentence(flow, window, clip)}</p>
      <Formula mathml={chain} />
      <pre>
        <code>{texts.flowCode}</code>
      </pre>
    </>
  );
}
