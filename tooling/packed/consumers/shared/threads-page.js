import { threads } from "./threads.js";

threads(console.log);
