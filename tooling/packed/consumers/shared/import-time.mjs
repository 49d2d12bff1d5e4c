/** Prints how many milliseconds one import takes: `node import-time.mjs tapegrad`. */
const [name = ""] = process.argv.slice(2);
const start = performance.now();
await import(name);
console.log(performance.now() - start);
