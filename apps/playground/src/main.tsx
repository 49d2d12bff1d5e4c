/** Puts the app on the page. */
import { render } from "preact";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/components.css";
import "./styles/run-panel.css";
import "./styles/time.css";
import { begin } from "./begin.ts";
import { reportFailure, watchForFailures } from "./failure.ts";
import { fitFrame } from "./link/embed.ts";
import { markHidden } from "./link/hidden.ts";
import { Run } from "./run/run.ts";
import { App } from "./shell/app.tsx";

watchForFailures();
const root = document.querySelector("#app");
if (root === null) throw new Error("internal: the page has no place for the app");
const run = new Run(reportFailure);
markHidden();
fitFrame(root);
void begin(run);
render(<App run={run} />, root);
