/** A menu of tasks, each with the sizes with which it is learned well. */
import { isAbout, taskChoices } from "../engine/tasks/choices.ts";
import { reportFailure } from "../failure.ts";
import { chooseTask } from "../run/choose-task.ts";
import type { Run } from "../run/run.ts";
import { runTexts } from "../texts/run.ts";

const ownText = "own-text";

interface TaskMenuProps {
  readonly run: Run;
  /** Where the visitor's own text is written. */
  readonly focusText: () => void;
}

export function TaskMenu({ run, focusText }: TaskMenuProps) {
  const settings = run.settings.value;
  const present = taskChoices.find((choice) => isAbout(choice, settings));
  const choose = async (id: string) => {
    const choice = taskChoices.find((each) => each.id === id);
    if (choice === undefined) return focusText();
    await chooseTask(run, choice);
  };
  return (
    <>
      <label class="field">
        <span>{runTexts.task}</span>
        <select
          value={present?.id ?? ownText}
          onChange={(event) => void choose(event.currentTarget.value).catch(reportFailure)}
        >
          {[...Map.groupBy(taskChoices, ({ group }) => group)].map(([group, choices]) => (
            <optgroup key={group} label={group}>
              {choices.map(({ id, title }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
              {group === "Text" && <option value={ownText}>{runTexts.ownText}</option>}
            </optgroup>
          ))}
        </select>
      </label>
      {present !== undefined && <p class="hint">{present.description}</p>}
    </>
  );
}
