/** Lines of Python that write a file which opens here, to copy. */
import { useSignal } from "@preact/signals";
import { reportFailure } from "../../failure.ts";
import { openModelTexts } from "../../texts/open-model.ts";

export function PythonLines() {
  const isCopied = useSignal(false);
  const copy = () => {
    navigator.clipboard.writeText(openModelTexts.python).then(() => {
      isCopied.value = true;
    }, reportFailure);
  };
  return (
    <section class="python" aria-labelledby="python-title">
      <header>
        <h2 id="python-title">{openModelTexts.pythonTitle}</h2>
        <button type="button" onClick={copy}>
          {isCopied.value ? openModelTexts.copied : openModelTexts.copy}
        </button>
      </header>
      <pre>
        <code>{openModelTexts.python}</code>
      </pre>
    </section>
  );
}
