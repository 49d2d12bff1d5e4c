/** The lesson that is open, beside the lens that it is about: a step, a question to answer first, and in the end the task. */
import { visit } from "../../link/address.ts";
import type { Run } from "../../run/run.ts";
import { type LessonText, lessonTexts, type StepText } from "../../texts/lessons.ts";
import { type LessonId, lessonIds, stepName } from "./lesson.ts";
import { addressOfStep, followStep } from "./open-step.ts";
import { predict, progress } from "./progress.ts";
import "./lessons.css";
import { useVerified } from "./use-verified.ts";

export interface PanelProps {
  readonly lesson: LessonId;
  /** From 0 on. */
  readonly at: number;
  readonly run: Run;
}

export function Panel({ lesson, at, run }: PanelProps) {
  const text: LessonText = lessonTexts.lessons[lesson];
  const step = text.steps[at];
  const number = lessonIds.indexOf(lesson) + 1;
  const after = lessonIds[number];
  const isLast = at === text.steps.length - 1;
  return (
    <details class="lesson" open>
      <summary id="lesson-title">
        {lessonTexts.lesson(number, text.title)} <span>{lessonTexts.step(at, text.steps.length)}</span>
      </summary>
      {step !== undefined && <StepPart key={`${lesson}.${at}`} name={stepName({ lesson, at })} step={step} />}
      {isLast && <TaskPart lesson={lesson} text={text} run={run} />}
      <nav class="lesson-ways" aria-label={lessonTexts.ways}>
        {at > 0 && <StepLink name={stepName({ lesson, at: at - 1 })} title={lessonTexts.previous} />}
        {!isLast && <StepLink name={stepName({ lesson, at: at + 1 })} title={lessonTexts.next} kind="button primary" />}
        {isLast && after !== undefined && (
          <StepLink name={stepName({ lesson: after, at: 0 })} title={lessonTexts.nextLesson} kind="button primary" />
        )}
        <span class="lesson-more">
          <StepLink name={stepName({ lesson, at })} title={lessonTexts.reset} kind="quiet" />
          <button type="button" class="link" onClick={() => leave({ lens: "lessons" })}>
            {lessonTexts.all}
          </button>
          <button type="button" class="link" onClick={() => leave({})}>
            {lessonTexts.close}
          </button>
        </span>
      </nav>
    </details>
  );
}

/** The focus goes to the lens, as the button that had it is gone. */
function leave(to: { readonly lens?: string }): void {
  visit({ lesson: undefined, ...to });
  const lens = document.querySelector<HTMLElement>("main");
  if (lens === null) return;
  lens.focus();
}

interface StepLinkProps {
  readonly name: string;
  readonly title: string;
  readonly kind?: "button" | "button primary" | "quiet";
}

function StepLink({ name, title, kind = "button" }: StepLinkProps) {
  return (
    <a class={kind} href={addressOfStep(name)} onClick={followStep}>
      {title}
    </a>
  );
}

function StepPart({ name, step }: { readonly name: string; readonly step: StepText }) {
  const choice = progress.value.predicted[name];
  return (
    <>
      <h2>{step.title}</h2>
      <p>{step.text}</p>
      <fieldset class="lesson-question">
        <legend>
          <strong>{lessonTexts.predict}.</strong> {step.question}
        </legend>
        {step.choices.map((text, at) => (
          <button
            key={text}
            type="button"
            aria-pressed={choice === at}
            aria-disabled={choice !== undefined}
            class={choice !== undefined && at === step.right ? "right" : ""}
            onClick={() => predict(name, at)}
          >
            {text}
            {choice !== undefined && at === step.right && (
              <span class="visually-hidden"> ({lessonTexts.rightAnswer})</span>
            )}
          </button>
        ))}
      </fieldset>
      <p class="lesson-because" role="status">
        {choice !== undefined && (
          <>
            <strong>{choice === step.right ? lessonTexts.right : lessonTexts.wrong}</strong> {step.because}
          </>
        )}
      </p>
    </>
  );
}

interface TaskPartProps {
  readonly lesson: LessonId;
  readonly text: LessonText;
  readonly run: Run;
}

function TaskPart({ lesson, text, run }: TaskPartProps) {
  const done = useVerified(lesson, run);
  return (
    <div class={done ? "lesson-task done" : "lesson-task"}>
      <h2>{lessonTexts.task}</h2>
      <p>{text.task}</p>
      <p class="lesson-verdict" role="status">
        <span aria-hidden="true">{done ? "✓ " : "○ "}</span>
        {done ? lessonTexts.taskDone : lessonTexts.taskOpen}
      </p>
    </div>
  );
}
