/** Offers the model that was trained beforehand, and says so once it is the run. */
import { useSignal } from "@preact/signals";
import { messageOf } from "../../failure.ts";
import type { Run } from "../../run/run.ts";
import { unitsTexts } from "../../texts/units.ts";

export function Offer({ run }: { readonly run: Run }) {
  const isLoading = useSignal(false);
  const problem = useSignal<string | undefined>(undefined);
  const isPretrained = run.settings.value.weights?.kind === "pretrained";
  const load = async () => {
    if (isLoading.value) return;
    isLoading.value = true;
    problem.value = undefined;
    try {
      await loadPretrained(run);
    } catch (error) {
      problem.value = messageOf(error);
    } finally {
      isLoading.value = false;
    }
  };
  return (
    <section class="unit-offer" aria-label={unitsTexts.offerTitle}>
      <p>{isPretrained ? unitsTexts.loaded : unitsTexts.offer}</p>
      {!isPretrained && (
        <button type="button" class="primary" aria-disabled={isLoading.value} onClick={() => void load()}>
          {isLoading.value ? unitsTexts.loading : unitsTexts.load}
        </button>
      )}
      <p class="problem" role="alert">
        {problem.value}
      </p>
    </section>
  );
}

/** Makes it the run, with the cursor where its best unit for brackets can be seen at work. */
async function loadPretrained(run: Run): Promise<void> {
  const { pretrainedSettings } = await import("../../engine/opened/pretrained.ts");
  await run.start(await pretrainedSettings());
  const { features } = await run.ask("unitRanking", { position: 0, part: "c" });
  const brackets = features.find(({ id }) => id === "curly");
  const [best] = brackets?.units ?? [];
  if (brackets === undefined || best === undefined) return;
  run.unit.value = { layer: best.layer, unit: best.unit };
  run.cursor.value = brackets.example;
}
