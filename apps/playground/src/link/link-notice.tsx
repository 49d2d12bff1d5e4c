/** A notice about the opened link: its faults, or that its run is being trained. */

import type { Run } from "../run/run.ts";
import { linkTexts } from "../texts/link.ts";
import { type LinkNews, linkNews } from "./open-link.ts";
import "./link.css";

export function LinkNotice({ run }: { readonly run: Run }) {
  const news = linkNews.value;
  const dismiss = () => {
    linkNews.value = undefined;
  };
  return (
    <div class="link-notice" role="status">
      {news !== undefined && (
        <>
          <p>{sentence(news, run)}</p>
          {news.kind === "training" ? (
            <>
              <progress max={news.step} value={run.step.value} aria-label={linkTexts.progress} />
              <button type="button" onClick={() => void run.pause()}>
                {linkTexts.stop}
              </button>
            </>
          ) : (
            <button type="button" onClick={dismiss}>
              {linkTexts.dismiss}
            </button>
          )}
        </>
      )}
    </div>
  );
}

function sentence(news: LinkNews, run: Run): string {
  if (news.kind === "unreadable") return linkTexts.unreadable(news.names);
  if (news.kind === "refused") return linkTexts.refused(news.problem);
  return linkTexts.training(run.step.value, news.step);
}
