/** The header's Share: a link to the state of the page, code for a frame, and which parts both hide. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { keepsNothing } from "../keep/kept.ts";
import type { ActionProps } from "../shell/actions.ts";
import { linkTexts } from "../texts/link.ts";
import { hashOf, place } from "./address.ts";
import { heightMessage } from "./embed.ts";
import { type Hideable, hidden, hideable } from "./hidden.ts";
import { linkedOf } from "./replay.ts";
import { fitsLink, writeRun } from "./run-link.ts";

/** Characters from which links are long. */
const long = 8000;

export function Panel({ run }: ActionProps) {
  const hides = useSignal<ReadonlySet<Hideable>>(hidden.peek());
  const link = useSignal("");
  const fits = useSignal(true);
  useSignalEffect(() => {
    const linked = linkedOf(run);
    const parameters = new URLSearchParams(place.value);
    const hide = [...hides.value].join(",");
    void writeRun(linked).then((names) => {
      fits.value = fitsLink(names);
      for (const [name, value] of Object.entries({ ...names, hide })) parameters.set(name, value);
      parameters.delete("embed");
      if (hide === "") parameters.delete("hide");
      link.value = `${location.origin}${location.pathname}${hashOf(parameters)}`;
    });
  });
  const toggle = (part: Hideable) => {
    const next = new Set(hides.value);
    if (!next.delete(part)) next.add(part);
    hides.value = next;
  };
  if (!fits.value) return <p>{linkTexts.tooLong}</p>;
  return (
    <div class="share-panel">
      <p class="hint">{linkTexts.whatIsShared}</p>
      <fieldset>
        <legend>{linkTexts.hide}</legend>
        {hideable.map((part) => (
          <label key={part}>
            <input type="checkbox" checked={hides.value.has(part)} onChange={() => toggle(part)} />
            {linkTexts.hideable[part]}
          </label>
        ))}
      </fieldset>
      <Copied title={linkTexts.link} action={linkTexts.copyLink} text={link.value} rows={2} />
      {link.value.length > long && <p class="hint">{linkTexts.long(Math.round(link.value.length / 1000))}</p>}
      {run.settings.value.weights?.kind === "file" && <p class="hint">{linkTexts.weights}</p>}
      {keepsNothing.value && <p class="hint">{linkTexts.notKept}</p>}
      <Copied title={linkTexts.embed} action={linkTexts.copyEmbed} text={embedCode(link.value)} rows={5} />
      <p class="hint">{linkTexts.aboutEmbed}</p>
    </div>
  );
}

interface CopiedProps {
  readonly title: string;
  readonly action: string;
  readonly text: string;
  readonly rows: number;
}

/** A text that is there to be copied. */
function Copied({ title, action, text, rows }: CopiedProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const outcome = useSignal("");
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      outcome.value = linkTexts.copied;
    } catch {
      // Refused, or no secure context: the visitor copies what is selected.
      outcome.value = linkTexts.notCopied;
    }
  };
  return (
    <>
      <h3>{title}</h3>
      <textarea ref={field} readOnly rows={rows} value={text} aria-label={title} />
      <button type="button" onClick={() => void copy()}>
        {action}
      </button>
      <span class="hint" role="status">
        {` ${outcome.value}`}
      </span>
    </>
  );
}

/** A frame of the lens, and the script that gives it its height. */
export function embedCode(link: string): string {
  return `<iframe src="${link.replace("#", "?embed=1#").replaceAll("&", "&amp;")}" title="Tapegrad playground" width="640" height="480" style="border: 0; max-width: 100%"></iframe>
<script>
  addEventListener("message", ({ data, source }) => {
    if (data?.type !== "${heightMessage}") return;
    const frame = [...document.querySelectorAll("iframe")].find(({ contentWindow }) => contentWindow === source);
    if (frame) frame.height = data.height;
  });
</script>
`;
}
