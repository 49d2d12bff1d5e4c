/** Finds the op that makes the first NaN, after training failed or before, and can provoke one. */

import { useSignal } from "@preact/signals";
import { Panel } from "../../components/panel.tsx";
import { messageOf } from "../../failure.ts";
import type { Run } from "../../run/run.ts";
import { healthTexts, saidOfAnomaly, saidOfOperand } from "../../texts/health.ts";
import type { Anomaly } from "./anomaly.ts";

/** Weights of this size are numbers, and their products beyond float32's largest one, 3.4e38. */
const ruinousRate = 1e36;

export function FirstAnomaly({ run }: { readonly run: Run }) {
  const found = useSignal<{ readonly anomaly?: Anomaly; readonly problem?: string; readonly version: number }>({
    version: -1,
  });
  const look = async () => {
    const version = run.version.value;
    try {
      found.value = { anomaly: await run.ask("anomaly", {}), version };
    } catch (error) {
      found.value = { problem: messageOf(error), version };
    }
  };
  const provoke = async () => {
    await run.pause();
    await run.configure({ learningRate: ruinousRate });
    await run.train();
  };
  const { anomaly, problem, version } = found.value;
  const isCurrent = version === run.version.value;
  return (
    <Panel id="wide" title={healthTexts.numbers} explanation={healthTexts.numbersExplained}>
      <div class="buttons">
        <button type="button" class="primary" onClick={() => void look()}>
          {healthTexts.look}
        </button>
        <button type="button" title={healthTexts.provoked(ruinousRate)} onClick={() => void provoke()}>
          {healthTexts.provoke}
        </button>
      </div>
      <div class="anomaly" role="status">
        {isCurrent && problem !== undefined && <p class="problem">{problem}</p>}
        {isCurrent && anomaly !== undefined && (
          <>
            <p>{saidOfAnomaly(anomaly)}</p>
            {anomaly.kind === "op" && (
              <ul>
                {anomaly.operands.map((operand) => (
                  <li key={operand.shape}>{saidOfOperand(operand)}</li>
                ))}
              </ul>
            )}
          </>
        )}
      </div>
    </Panel>
  );
}
