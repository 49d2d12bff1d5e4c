/** The result of a cell's check, beside the editor. */
import type { CellReport } from "../../engine/own-cell/check-cell.ts";
import { ownCellTexts as texts } from "../../texts/own-cell.ts";

export interface CheckProps {
  readonly report: CellReport | undefined;
  /** Where it is broken, if that is known. */
  readonly line: number | undefined;
  readonly goTo: (line: number) => void;
}

export function Check({ report, line, goTo }: CheckProps) {
  return (
    <section class="own-cell-check" aria-labelledby="own-cell-check-title">
      <h2 id="own-cell-check-title">{texts.check}</h2>
      <div role="status" data-kind={report?.kind ?? "checking"}>
        {report === undefined ? <p class="hint">{texts.checking}</p> : <p class="verdict">{texts[report.kind]}</p>}
        {report?.kind === "broken" && (
          <p class="problem">
            {line !== undefined && (
              <>
                <button type="button" class="link" onClick={() => goTo(line)}>
                  {texts.line(line)}
                </button>
                {": "}
              </>
            )}
            {report.message}
          </p>
        )}
        {report?.kind === "wrong" && <p class="problem">{texts.wrongHint}</p>}
      </div>
      {report !== undefined && report.kind !== "broken" && <Findings {...report} />}
    </section>
  );
}

function Findings({ comparisons, parameters, state }: Exclude<CellReport, { kind: "broken" }>) {
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">{texts.compared}</th>
            <th scope="col">{texts.tape}</th>
            <th scope="col">{texts.other}</th>
            <th scope="col">{texts.apart}</th>
          </tr>
        </thead>
        <tbody>
          {comparisons.map(({ kind, input, derivative, other, error, passed }) => (
            <tr key={`${kind} ${input}`} class={passed ? "" : "failed"}>
              <th scope="row">
                {texts.kinds[kind]}
                {input === "all inputs" ? "" : `, ${input}`}
              </th>
              <td>{derivative.toPrecision(7)}</td>
              <td>{other.toPrecision(7)}</td>
              <td>{error.toExponential(1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3>
        {texts.parameters} {texts.parametersFor}
      </h3>
      <ul class="own-cell-shapes">
        {parameters.map(({ name, shape }) => (
          <li key={name}>
            <code>{name}</code> [{shape.join(", ")}]
          </li>
        ))}
      </ul>
      <h3>
        {texts.state}: <code>{state.join(", ")}</code>
      </h3>
    </>
  );
}
