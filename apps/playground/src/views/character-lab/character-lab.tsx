/** The character lab: a network learns to spell while its loss, its writing, its guesses and its memory are watched. */
import { useEffect, useMemo } from "preact/hooks";
import { connectEngine } from "../../engine/client.ts";
import { reportFailure } from "../../failure.ts";
import { Controls } from "./controls.tsx";
import { HiddenStatePanel } from "./hidden-state-panel.tsx";
import { Lab } from "./lab.ts";
import { LossPanel } from "./loss-panel.tsx";
import { PredictionsPanel } from "./predictions-panel.tsx";
import { WritingPanel } from "./writing-panel.tsx";

export function CharacterLab() {
  const lab = useMemo(() => new Lab(connectEngine(reportFailure), reportFailure), []);
  useEffect(() => () => void lab.pause(), [lab]);
  return (
    <div class="character-lab">
      <header>
        <h1>Character lab</h1>
        <p>
          A recurrent network reads a text one character at a time and learns to guess the next. Press <b>Train</b> and
          watch it learn to spell; all of it runs in this tab.
        </p>
      </header>
      <Controls lab={lab} />
      <LossPanel lab={lab} />
      <WritingPanel lab={lab} />
      <PredictionsPanel lab={lab} />
      <HiddenStatePanel lab={lab} />
    </div>
  );
}
