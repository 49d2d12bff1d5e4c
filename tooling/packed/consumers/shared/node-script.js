import { program } from "./program.js";

program(console.log);
