/** What pages run. WebDriver hears no console, so what is printed is kept as well. */
import { program } from "./program.js";

globalThis.printed = [];
const print = (line) => {
  globalThis.printed.push(line);
  console.log(line);
};
globalThis.onerror = (message) => print(`error: ${message}`);
globalThis.onunhandledrejection = ({ reason }) => print(`error: ${reason}`);
program(print);
