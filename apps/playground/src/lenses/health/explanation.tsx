/** The Health lens in a sentence of live numbers, a formula, and the lines of code. */
import { Formula } from "../../components/formula.tsx";
import { useAnswer } from "../../run/use-answer.ts";
import { saidInShort } from "../../texts/health.ts";
import type { LensProps } from "../lens.ts";
import { mathml } from "./ratio.tex";

const code = `const gradients =
  tape.gradient(loss, parameters);
optimizer.step(
  clipByGlobalNorm(gradients, limit)
    .gradients);

detectAnomaly(step); // which op?`;

export function Explanation({ run }: LensProps) {
  const { answer } = useAnswer(run, "health", { position: run.cursor.value });
  return (
    <>
      {answer && <p>{saidInShort(answer, run.step.value)}</p>}
      <Formula mathml={mathml} />
      <pre>
        <code>{code}</code>
      </pre>
    </>
  );
}
