/** Prints which files one import loads, as URLs in JSON: `node loaded.mjs tapegrad`. */
import { registerHooks } from "node:module";

const [name = ""] = process.argv.slice(2);
const urls = [];
registerHooks({
  load(url, context, next) {
    urls.push(url);
    return next(url, context);
  },
});
await import(name);
console.log(JSON.stringify(urls));
