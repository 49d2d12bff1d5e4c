/** The explanation of each level: a sentence with the live numbers, the formula, the line of code. */

import type { JSX } from "preact";
import { Formula } from "../../components/formula.tsx";
import { visible } from "../../components/visible.ts";
import type { CellName } from "../../engine/settings.ts";
import { isAbout, taskChoices } from "../../engine/tasks/choices.ts";
import { useAnswer } from "../../run/use-answer.ts";
import { insideTexts as texts, valueCodes, valuePurposes, valueTitles } from "../../texts/inside.ts";
import type { LensProps } from "../lens.ts";
import { useBothGRUs } from "./both-grus.tsx";
import { mathml as chain } from "./chain.tex";
import { mathml as forgetting } from "./forgetting.tex";
import { useForgetting } from "./forgetting.tsx";
import { shown, thousandths } from "./formula.ts";
import { mathml as gruAfter } from "./gru-after.tex";
import { mathml as gruBefore } from "./gru-before.tex";
import { mathml as lstm } from "./lstm.tex";
import { outcomeAt, percent } from "./outcome.ts";
import { mathml as rnn } from "./rnn.tex";
import { nameIn, shownOf, useValue, useView, type View } from "./view-state.ts";

const formulas: Readonly<Record<CellName, string>> = {
  LSTM: lstm,
  GRU: gruAfter,
  "GRU, reset before": gruBefore,
  RNN: rnn,
  own: chain,
};

const explanations: Readonly<Record<View, (props: LensProps) => JSX.Element>> = {
  chain: ChainExplanation,
  step: StepExplanation,
  gate: StepExplanation,
  tape: TapeExplanation,
  forgetting: ForgettingExplanation,
  grus: GRUsExplanation,
};

export function Explanation({ run }: LensProps) {
  const Chosen = explanations[useView().value];
  return <Chosen run={run} />;
}

function ChainExplanation({ run }: LensProps) {
  const answer = shownOf(run).value;
  const choice = taskChoices.find((candidate) => isAbout(candidate, run.settings.value));
  const sentence =
    answer &&
    texts.chainSentence(
      answer.hidden.length,
      answer.units,
      answer.firstStep + answer.time,
      visible(answer.inputLabels[answer.time] ?? ""),
    );
  const says = answer?.asked[answer.time]
    ? outcomeAt(answer.outputs, answer.time, answer.targetLabels[answer.time] ?? "", answer.output)
    : undefined;
  return (
    <>
      {choice && <p>{choice.description}</p>}
      <p>
        {sentence}{" "}
        {answer &&
          says &&
          texts.outcomeSentence(
            says.says,
            percent(says.probability),
            says.wanted,
            says.loss,
            texts.lossUnits[answer.output.kind],
          )}
      </p>
      <Formula mathml={chain} />
      <Code>{texts.codes.chain}</Code>
    </>
  );
}

function StepExplanation({ run }: LensProps) {
  const answer = shownOf(run).value;
  const wanted = useValue().value;
  const name = answer ? nameIn(answer.step, wanted) : wanted;
  const { unit } = run.unit.value;
  const value = answer?.step.values[name]?.[unit];
  return (
    <>
      <p>
        {answer &&
          value !== undefined &&
          texts.valueSentence(
            valueTitles[name],
            unit + 1,
            answer.firstStep + answer.time,
            shown(value),
            shown(answer.step.freeValues[name]?.[unit] ?? value),
          )}{" "}
        {valuePurposes[name]}
      </p>
      <Formula mathml={formulas[run.settings.value.cell]} />
      <Code>{valueCodes[run.settings.value.cell]?.[name] ?? texts.codes.step}</Code>
    </>
  );
}

function TapeExplanation({ run }: LensProps) {
  const { answer } = useAnswer(run, "tapeOfStep", { position: run.cursor.value, layer: run.unit.value.layer });
  return (
    <>
      <p>
        {answer &&
          texts.tapeSentence(
            answer.length,
            answer.reduce((sum, { values }) => sum + values.length, 0),
          )}
      </p>
      <Formula mathml={formulas[run.settings.value.cell]} />
      <Code>{texts.codes.tape}</Code>
    </>
  );
}

function ForgettingExplanation({ run }: LensProps) {
  const { state, gate, left } = useForgetting(run);
  return (
    <>
      <p>{left && texts.forgettingSentence(state, gate, left)}</p>
      <Formula mathml={forgetting} />
      <Code>{texts.codes.forgetting}</Code>
    </>
  );
}

function GRUsExplanation({ run }: LensProps) {
  const { answer } = useBothGRUs(run);
  const { unit } = run.unit.value;
  const [after, before] = [answer?.after.values.n?.[unit], answer?.before.values.n?.[unit]];
  return (
    <>
      <p>
        {after !== undefined &&
          before !== undefined &&
          texts.grusSentence(unit + 1, thousandths(after), thousandths(before))}
      </p>
      <Formula mathml={gruAfter} />
      <Formula mathml={gruBefore} />
      <Code>{texts.codes.grus}</Code>
    </>
  );
}

function Code({ children }: { readonly children: string }) {
  return (
    <pre>
      <code>{children}</code>
    </pre>
  );
}
