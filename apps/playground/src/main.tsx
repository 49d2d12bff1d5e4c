/** Puts the app on the page. */
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/components.css";
import "./styles/character-lab.css";
import { App } from "./app.tsx";
import { watchForFailures } from "./failure.ts";

watchForFailures();
const root = document.querySelector("#app");
if (root === null) throw new Error("internal: the page has no place for the app");
render(<App />, root);
