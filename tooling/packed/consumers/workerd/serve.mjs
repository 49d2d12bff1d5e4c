import { Miniflare } from "miniflare";

const server = new Miniflare({
  modules: [{ type: "ESModule", path: "dist/worker.js" }],
  compatibilityDate: "2026-07-01",
});
console.log(await (await server.dispatchFetch("http://localhost/")).text());
await server.dispose();
