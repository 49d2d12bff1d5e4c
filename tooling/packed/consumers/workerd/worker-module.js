/** A handler of requests, as workerd runs it. */
import { program } from "./program.js";

export default {
  async fetch() {
    const lines = [];
    await program((line) => lines.push(line));
    return new Response(lines.join("\n"));
  },
};
