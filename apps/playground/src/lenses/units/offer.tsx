/** Offers the model that was trained beforehand, and says so once it is the run. */
import { useSignal } from "@preact/signals";
import { messageOf } from "../../failure.ts";
import type { Run } from "../../run/run.ts";
import { unitsTexts } from "../../texts/units.ts";
import type { Ranked } from "./ranking.ts";

export interface OfferProps {
  readonly run: Run;
  /** Shows a unit at a place where it can be seen at work. */
  readonly choose: (ranked: Ranked, example: number) => void;
}

export function Offer({ run, choose }: OfferProps) {
  const isLoading = useSignal(false);
  const problem = useSignal<string | undefined>(undefined);
  const isPretrained = run.settings.value.weights?.kind === "pretrained";
  const load = async () => {
    if (isLoading.value) return;
    isLoading.value = true;
    problem.value = undefined;
    try {
      const best = await loadPretrained(run);
      if (best !== undefined) choose(best.ranked, best.example);
    } catch (error) {
      problem.value = messageOf(error);
    } finally {
      isLoading.value = false;
    }
  };
  return (
    <section class="unit-offer" aria-label={unitsTexts.offerTitle}>
      <p>{isPretrained ? unitsTexts.loaded : unitsTexts.offer}</p>
      {/* It stays when it has been pressed, and with it the focus. */}
      <button
        type="button"
        class={isPretrained ? "secondary" : "primary"}
        aria-disabled={isLoading.value}
        onClick={() => void load()}
      >
        {isLoading.value ? unitsTexts.loading : isPretrained ? unitsTexts.loadAgain : unitsTexts.load}
      </button>
      <p class="problem" role="alert">
        {problem.value}
      </p>
    </section>
  );
}

/** Makes it the run, and finds its best unit for brackets. */
async function loadPretrained(run: Run): Promise<{ ranked: Ranked; example: number } | undefined> {
  const { pretrainedSettings } = await import("../../engine/opened/pretrained.ts");
  await run.start(await pretrainedSettings());
  const { features } = await run.ask("unitRanking", { position: 0 });
  const brackets = features.find(({ id }) => id === "curly");
  const [ranked] = brackets?.units ?? [];
  return brackets === undefined || ranked === undefined ? undefined : { ranked, example: brackets.example };
}
