/** Checks a consumer in eight projects: `node check-types.mjs 5.4 node16-cjs`. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";

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

/** TypeScript 7 is a program; those before it have an interface, by which projects share the files that they read. */
async function checker() {
  if (version === "7") {
    return (folder) => {
      try {
        execFileSync(process.execPath, ["node_modules/typescript-7/bin/tsc", "-p", folder], { maxBuffer: 2 ** 26 });
        return "";
      } catch ({ stdout }) {
        return stdout.toString();
      }
    };
  }
  const { default: ts } = await import(`typescript-${version}`);
  const read = new Map();
  return (folder) => {
    const path = `${process.cwd()}/${folder}`;
    const { config } = ts.readConfigFile(`${path}/tsconfig.json`, ts.sys.readFile);
    const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, path);
    const host = ts.createCompilerHost(options);
    const { getSourceFile } = host;
    host.getSourceFile = (file, ...rest) => {
      if (!read.has(file)) read.set(file, getSourceFile.call(host, file, ...rest));
      return read.get(file);
    };
    const program = ts.createProgram(fileNames, options, host);
    const { diagnostics } = program.emit();
    return ts.formatDiagnostics([...errors, ...ts.getPreEmitDiagnostics(program), ...diagnostics], host);
  };
}

/** Node's types and some versions of TypeScript do not agree with each other, which is no fault of ours. */
const isOurs = (line) => /^\S/.test(line) && !/(^|\/)node_modules\/@types\//.test(line);

const check = await checker();
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
      const fault = check(folder).split("\n").filter(isOurs).slice(0, 30).join("\n");
      if (fault !== "") faults.push(`${JSON.stringify(compilerOptions)}\n${fault}`);
    }
  }
}
console.log(faults.join("\n"));
console.log(`${projects - faults.length} projects`);
process.exit(faults.length);
