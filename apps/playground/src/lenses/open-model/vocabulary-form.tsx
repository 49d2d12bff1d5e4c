/** Asks for the characters of a model whose file does not name them. */
import { useSignal } from "@preact/signals";
import { openModelTexts } from "../../texts/open-model.ts";

export interface VocabularyFormProps {
  readonly characters: number;
  readonly open: (typed: string) => void;
}

export function VocabularyForm({ characters, open }: VocabularyFormProps) {
  const typed = useSignal("");
  return (
    <form
      class="vocabulary"
      aria-labelledby="vocabulary-title"
      onSubmit={(event) => {
        event.preventDefault();
        open(typed.value);
      }}
    >
      <h2 id="vocabulary-title">{openModelTexts.vocabularyTitle(characters)}</h2>
      <p class="hint">{openModelTexts.vocabularyHint}</p>
      <label>
        <span>{openModelTexts.vocabulary}</span>
        <textarea
          rows={3}
          spellcheck={false}
          autocomplete="off"
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
      </label>
      <p class="vocabulary-foot">
        <button type="submit" class="primary">
          {openModelTexts.open}
        </button>{" "}
        {typed.value.trimStart().startsWith("[") ? "" : `${[...typed.value].length} of ${characters}`}
      </p>
    </form>
  );
}
