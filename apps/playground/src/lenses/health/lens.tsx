/** Whether training is healthy: a diagnosis in sentences first, then the numbers that it is made of. */
import { useAnswer } from "../../run/use-answer.ts";
import { healthTexts } from "../../texts/health.ts";
import type { LensProps } from "../lens.ts";
import { Diagnosis } from "./diagnosis.tsx";
import { FirstAnomaly } from "./first-anomaly.tsx";
import { GateShares } from "./gate-shares.tsx";
import { MatrixTable } from "./matrix-table.tsx";
import { StillUnits } from "./still-units.tsx";
import { TapeTable } from "./tape-table.tsx";
import "./health.css";

export { Explanation } from "./explanation.tsx";

export function Lens({ run }: LensProps) {
  const { answer, problem } = useAnswer(run, "health", { position: run.cursor.value });
  return (
    <div class="health">
      {run.phase.value === "failed" && (
        <p class="problem">
          {healthTexts.stopped} {run.problem.value}
        </p>
      )}
      {problem !== undefined && <p class="problem">{problem}</p>}
      {answer === undefined ? (
        <p class="empty">{healthTexts.waiting}</p>
      ) : (
        <>
          <Diagnosis run={run} health={answer} />
          <FirstAnomaly run={run} />
          <div class="health-parts">
            <GateShares layers={answer.layers} />
            <StillUnits run={run} layers={answer.layers} />
            <MatrixTable matrices={answer.matrices} />
            <TapeTable tape={answer.tape} />
          </div>
        </>
      )}
    </div>
  );
}
