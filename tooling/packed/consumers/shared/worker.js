import { program } from "./program.js";

program((line) => postMessage(line));
