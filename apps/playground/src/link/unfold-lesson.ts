/** A link that names a step of a lesson and nothing else stands for the state of the page that the step begins with. */
import { stepNamed } from "../lenses/lessons/lesson.ts";
import { change, place } from "./address.ts";

/** Whether the link could be read. */
export async function unfoldLesson(): Promise<boolean> {
  const name = place.peek().get("lesson");
  if (name === null || place.peek().has("lens")) return true;
  const { parametersOf } = await import("../lenses/lessons/lessons.ts");
  const step = stepNamed(name);
  const parameters = step && (await parametersOf(step));
  change(parameters ?? { lesson: undefined });
  return parameters !== undefined;
}
