import { exportedSymbols } from "./src/exported-symbols.ts";

const all = exportedSymbols();
const no = all.filter((s) => s.text === "");
console.log(
  all.length,
  "no sentence",
  no.filter((s) => s.kind !== "member").length,
  "members",
  no.filter((s) => s.kind === "member").length,
);
const by = Object.groupBy(no, (s) => s.entry);
for (const [k, v] of Object.entries(by)) console.log(k, v!.map((s) => s.name + ":" + s.kind[0]).join(" "));
const umbrella = all.filter((s) => s.entry === "tapegrad" && ["class", "function"].includes(s.kind));
console.log(
  "umbrella",
  umbrella.length,
  "no example",
  umbrella
    .filter((s) => !s.tags.includes("example"))
    .map((s) => s.name)
    .join(" "),
);
