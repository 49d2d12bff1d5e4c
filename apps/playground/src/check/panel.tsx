/** The drawer of the gradient check: each matrix's gradient, the difference quotient, their error; and one rule to break. */
import { useEffect } from "preact/hooks";
import { DottedName } from "../components/dotted-name.tsx";
import { Formula } from "../components/formula.tsx";
import { shortNumber } from "../components/short-number.ts";
import type { ActionProps } from "../shell/actions.ts";
import { checkTexts } from "../texts/check.ts";
import { shortError } from "../texts/check-badge.ts";
import { mathml } from "./differences.tex";
import { checkGradients, checkOf } from "./gradients.ts";
import "./check.css";

export function Panel({ run }: ActionProps) {
  const state = checkOf(run);
  const { rows, broken, running, problem } = state;
  useEffect(() => {
    if (rows.length === 0) void checkGradients(run, false);
  }, []);
  const { name, analytic, numeric, error } = checkTexts.columns;
  return (
    <div class="gradient-check">
      <p>{checkTexts.method}</p>
      <Formula mathml={mathml} />
      <label class="break">
        <input
          type="checkbox"
          role="switch"
          checked={broken}
          aria-checked={broken}
          onChange={(event) => void checkGradients(run, event.currentTarget.checked)}
        />
        {checkTexts.break}
      </label>
      <p class={state.rows.some(({ passed }) => !passed) ? "problem" : "verdict"} role="status">
        {checkTexts.said(state)}
      </p>
      {problem !== undefined && <p class="problem">{problem}</p>}
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">{name}</th>
            <th scope="col">{analytic}</th>
            <th scope="col">{numeric}</th>
            <th scope="col">{error}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name} class={row.passed ? undefined : "wrong"}>
              <th scope="row">
                <span role="img" aria-label={row.passed ? checkTexts.right : checkTexts.wrong}>
                  {row.passed ? "✓" : "✕"}
                </span>{" "}
                <DottedName name={row.name} />
              </th>
              <td>{shortNumber(row.analytic)}</td>
              <td>{shortNumber(row.numeric)}</td>
              <td>{shortError(row.error)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <button type="button" aria-disabled={running} onClick={() => void (running || checkGradients(run, broken))}>
        {running ? checkTexts.running : checkTexts.again}
      </button>
    </div>
  );
}
