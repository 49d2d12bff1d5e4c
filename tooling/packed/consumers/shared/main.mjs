import { program } from "./program.js";

await program(console.log);
