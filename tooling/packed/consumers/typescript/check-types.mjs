/** Checks `consumer.ts` in eight projects: `node check-types.mjs 5.4 node16-cjs`. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";

const [version, resolution] = process.argv.slice(2);
const kinds = {
  node10: { module: "esnext", moduleResolution: "node10", ...(version === "6" && { ignoreDeprecations: "6.0" }) },
  "node16-cjs": { module: "node16", moduleResolution: "node16" },
  "node16-esm": { module: "node16", moduleResolution: "node16" },
  "nodenext-cjs": { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
};
const extension = { "node16-cjs": "cts", "nodenext-cjs": "cts", "node16-esm": "mts" }[resolution] ?? "ts";
const source = resolution === "node16-cjs" ? "common-js.cts" : "consumer.ts";
const faults = [];
let projects = 0;
for (const dom of [true, false]) {
  for (const types of [[], ["node"]]) {
    for (const exactOptionalPropertyTypes of [true, false]) {
      const folder = `projects/${version}-${resolution}-${projects++}`;
      mkdirSync(folder, { recursive: true });
      cpSync(source, `${folder}/consumer.${extension}`);
      const compilerOptions = {
        ...kinds[resolution],
        target: "es2022",
        lib: ["es2022", ...(dom ? ["dom"] : [])],
        types,
        exactOptionalPropertyTypes,
        strict: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        declaration: true,
        outDir: "dist",
      };
      writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, include: [`consumer.${extension}`] }));
      const tsc = `node_modules/typescript-${version}/bin/tsc`;
      await promisify(execFile)(process.execPath, [tsc, "-p", folder], { maxBuffer: 2 ** 26 }).catch(({ stdout }) =>
        faults.push(`${JSON.stringify(compilerOptions)}\n${stdout.split("\n").slice(0, 30).join("\n")}`),
      );
    }
  }
}
console.log(faults.join("\n"));
console.log(`${projects - faults.length} projects`);
process.exit(faults.length);
