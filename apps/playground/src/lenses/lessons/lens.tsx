/** The nine lessons to choose from, and the sheet for teachers. */
import { flags } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import { type LessonText, lessonTexts } from "../../texts/lessons.ts";
import { lessonIds, stepName } from "./lesson.ts";
import "./lessons.css";
import { addressOfStep, followStep } from "./open-step.ts";
import { progress } from "./progress.ts";
import { Sheet } from "./sheet.tsx";

export function Lens() {
  const isSheet = useLinked("lessons.sheet", false, flags);
  const { done } = progress.value;
  return (
    <div class="lessons">
      <div class="lessons-head">
        <p>{isSheet.value ? lessonTexts.aboutSheet : lessonTexts.intro}</p>
        <button
          type="button"
          onClick={() => {
            isSheet.value = !isSheet.value;
          }}
        >
          {isSheet.value ? lessonTexts.list : lessonTexts.sheet}
        </button>
        {isSheet.value ? (
          <button type="button" class="primary" onClick={() => print()}>
            {lessonTexts.print}
          </button>
        ) : (
          <p class="lessons-progress">{lessonTexts.progress(done.length)}</p>
        )}
      </div>
      {isSheet.value ? <Sheet /> : <List />}
    </div>
  );
}

function List() {
  const { done } = progress.value;
  const next = lessonIds.find((id) => !done.includes(id));
  return (
    <ol class="lessons-list">
      {lessonIds.map((id, index) => {
        const text: LessonText = lessonTexts.lessons[id];
        const isDone = done.includes(id);
        return (
          <li key={id} class={isDone ? "done" : ""}>
            <h2>
              {index + 1}. {text.title}
            </h2>
            <p>{text.task}</p>
            <p class="lessons-ways">
              <a
                class={id === next ? "button primary" : "button"}
                href={addressOfStep(stepName({ lesson: id, at: 0 }))}
                aria-label={`${isDone ? lessonTexts.again : lessonTexts.start}: ${text.title}`}
                onClick={followStep}
              >
                {isDone ? lessonTexts.again : lessonTexts.start}
              </a>
              {isDone && <span class="lessons-done">✓ {lessonTexts.done}</span>}
            </p>
          </li>
        );
      })}
    </ol>
  );
}

export function Explanation() {
  return <p>{lessonTexts.howLessonsWork}</p>;
}
