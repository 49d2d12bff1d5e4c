/** The frame of the page: header, the run on the left, the lens in the middle, its explanation on the right, time below. */
import { FailureBanner } from "../components/failure-banner.tsx";
import { LinkNotice } from "../link/link-notice.tsx";
import { currentLens } from "../link/place.ts";
import type { Run } from "../run/run.ts";
import { shellTexts } from "../texts/shell.ts";
import { Header } from "./header.tsx";
import { LensPlace } from "./lens-place.tsx";
import { narrow } from "./narrow.ts";
import { RunPanel } from "./run-panel.tsx";
import { Strip } from "./strip.tsx";
import { Transport } from "./transport.tsx";

export function App({ run }: { readonly run: Run }) {
  return (
    <div class="frame">
      <Header run={run} />
      <aside id="run-sheet" class="side" aria-label={shellTexts.run} popover={narrow.value ? "auto" : undefined}>
        <RunPanel run={run} />
      </aside>
      <LensPlace entry={currentLens.value} run={run} />
      <section class="time" aria-label={shellTexts.time}>
        <Strip run={run} />
        <Transport run={run} />
      </section>
      <FailureBanner />
      <LinkNotice run={run} />
    </div>
  );
}
