import { serverProgram } from "./program.js";

await serverProgram(console.log);
