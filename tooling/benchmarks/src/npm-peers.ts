/** The rivals from npm. They are installed into `peers/` at their first use, not by the workspace. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Peer } from "./peer.ts";
import { startPeer } from "./peer-process.ts";

const folder = fileURLToPath(new URL("../peers/", import.meta.url));

const programs = { "jax-js": "jax.mjs", "TensorFlow.js": "tensorflow.mjs" } as const;

export type NpmPeerName = keyof typeof programs;

export const npmPeerNames: readonly NpmPeerName[] = ["jax-js", "TensorFlow.js"];

/** Exactly what `peers/pnpm-lock.yaml` says; a moment if it is there already. @throws Error that says what to do. */
export async function installNpmPeers(log: (line: string) => void, directory = folder): Promise<void> {
  if (!existsSync(`${directory}/node_modules`)) log("installing jax-js and TensorFlow.js, once, about 290 MB");
  try {
    await promisify(execFile)(
      "pnpm",
      [
        "install",
        "--ignore-workspace",
        "--ignore-scripts",
        "--frozen-lockfile",
        "--config.verify-deps-before-run=false",
      ],
      { cwd: directory },
    );
  } catch (cause) {
    const message = `jax-js and TensorFlow.js could not be installed into ${directory}: is there a network? Use --without-npm to measure without them`;
    throw new Error(message, { cause });
  }
}

/** On one thread; installed before. */
export async function startNpmPeer(name: NpmPeerName): Promise<Peer> {
  const peer = await startPeer({ name, command: process.execPath, arguments: [`${folder}/${programs[name]}`] });
  if (peer === undefined) throw new Error(`${name} did not start`);
  return peer;
}
