import { threads } from "./threads.js";

await threads(console.log);
