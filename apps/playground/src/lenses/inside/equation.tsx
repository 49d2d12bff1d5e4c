/** One value of the chosen unit as its equation, with its numbers in place, and the largest terms as bars. */
import type { ValueName } from "../../engine/gates.ts";
import type { CellName } from "../../engine/settings.ts";
import { insideTexts as texts, valueTitles } from "../../texts/inside.ts";
import type { InsideStep } from "./answer.ts";
import { equationOf, productOf, shown, subscript, type Term } from "./formula.ts";

export interface EquationViewProps {
  readonly name: ValueName;
  readonly cell: CellName;
  readonly step: InsideStep;
  readonly unit: number;
  readonly isHeld: boolean;
}

/** Terms that stand in the equation, and that have a bar. */
const written = 5;
const drawn = 10;

export function EquationView({ name, cell, step, unit, isHeld }: EquationViewProps) {
  const equation = equationOf(name, cell, step, unit);
  if (equation === undefined) return <p class="hint">{texts.ownCell}</p>;
  const { activation, terms, total, value, free } = equation;
  const rest = terms.slice(written);
  const restSum = rest.reduce((sum, term) => sum + productOf(term), 0);
  const largest = Math.max(...terms.map((term) => Math.abs(productOf(term))), 1e-9);
  const sum = (
    <>
      {terms.slice(0, written).map((term, index) => (
        <TermView key={term.names.join(" ")} term={term} isFirst={index === 0} />
      ))}
      {rest.length > 0 && (
        <span class="term rest">
          {restSum < 0 ? " − " : " + "}
          <span title={texts.moreTitle(rest.length)}>
            … {rest.length} more ({shown(Math.abs(restSum))})
          </span>
        </span>
      )}
    </>
  );
  return (
    <div class="equation">
      <p class="equation-line">
        <var>
          {name}
          {subscript(unit + 1)}
        </var>{" "}
        ={" "}
        {activation === undefined ? (
          sum
        ) : (
          <>
            {activation}({sum})
          </>
        )}
        {activation !== undefined && (
          <>
            {" "}
            = {activation}({shown(total)})
          </>
        )}{" "}
        = <strong>{shown(free)}</strong>
        {isHeld && <span class="held-note"> {texts.heldAt(shown(value))}</span>}
      </p>
      <table class="terms">
        <caption>{texts.terms(valueTitles[name], Math.min(drawn, terms.length), terms.length)}</caption>
        <tbody>
          {terms.slice(0, drawn).map((term) => {
            const product = productOf(term);
            const share = (50 * Math.abs(product)) / largest;
            return (
              <tr key={term.names.join(" ")} class={term.from}>
                <th scope="row">{term.names.join(" · ").replace(/ · $/, "")}</th>
                <td>{term.from === "bias" ? "" : `${shown(term.factor)} · ${shown(term.value)}`}</td>
                <td>{shown(product)}</td>
                <td class="term-bar">
                  <svg width={100} height={12} aria-hidden="true">
                    <path d="M50 0V12" />
                    <rect x={product < 0 ? 50 - share : 50} y={1} width={share} height={10} />
                  </svg>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function TermView({ term, isFirst }: { readonly term: Term; readonly isFirst: boolean }) {
  const { factor, value, from, names } = term;
  const product = productOf(term);
  const sign = product < 0 ? "−" : isFirst ? "" : "+";
  const text = from === "bias" ? shown(Math.abs(factor)) : `${shown(Math.abs(factor))}·${shown(Math.abs(value))}`;
  return (
    <span class={`term ${from}`}>
      {isFirst ? sign : ` ${sign} `}
      <span title={names.join(" ")}>{text}</span>
    </span>
  );
}
