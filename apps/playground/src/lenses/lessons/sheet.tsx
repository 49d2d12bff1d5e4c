/** All lessons with their links and answers, to print and hand out. */
import { type LessonText, lessonTexts } from "../../texts/lessons.ts";
import { lessonIds, stepName } from "./lesson.ts";
import { addressOfStep } from "./open-step.ts";

export function Sheet() {
  return (
    <div class="sheet">
      {lessonIds.map((lesson, index) => {
        const text: LessonText = lessonTexts.lessons[lesson];
        return (
          <section key={lesson} aria-labelledby={`sheet-${lesson}`}>
            <h2 id={`sheet-${lesson}`}>
              {index + 1}. {text.title}
            </h2>
            {text.steps.map((step, at) => {
              const address = addressOfStep(stepName({ lesson, at }));
              return (
                <div key={step.title} class="sheet-step">
                  <h3>{step.title}</h3>
                  <p>{step.text}</p>
                  <p>
                    <a href={address}>{`${location.origin}${location.pathname}${address}`}</a>
                  </p>
                  <p>
                    <strong>{lessonTexts.predict}.</strong> {step.question}
                  </p>
                  <ul>
                    {step.choices.map((choice, place) => (
                      <li key={choice}>
                        {place === step.right ? "☑" : "☐"} {choice}
                        {place === step.right && <span class="visually-hidden"> ({lessonTexts.rightAnswer})</span>}
                      </li>
                    ))}
                  </ul>
                  <p>{step.because}</p>
                </div>
              );
            })}
            <p>
              <strong>{lessonTexts.sheetTask}.</strong> {text.task}
            </p>
            <p>
              <strong>{lessonTexts.howTo}.</strong> {text.answer}
            </p>
          </section>
        );
      })}
    </div>
  );
}
