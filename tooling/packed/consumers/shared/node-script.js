import { serverProgram } from "./program.js";

serverProgram(console.log);
