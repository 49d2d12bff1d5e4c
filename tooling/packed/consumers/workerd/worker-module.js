/** A handler of requests, as workerd runs it. */
import { serverProgram } from "./program.js";

export default {
  async fetch() {
    const lines = [];
    await serverProgram((line) => lines.push(line));
    return new Response(lines.join("\n"));
  },
};
