/** Node's file system with a fault at one call: the program ends there, or the call fails once. Counts the calls as well. */
import type { FileHandle } from "node:fs/promises";
import { type FileSystem, nodeFileSystem } from "@tapegrad/command-line";

export interface Fault {
  /** Which call, from 1 on. */
  readonly at: number;
  /** A program that was killed makes no further call; one that meets a failure goes on. */
  readonly kind: "kill" | "fail";
  readonly code?: string;
}

export interface Recorded {
  readonly fs: FileSystem;
  /** What was called, as `rename a b`, without folders and random parts. */
  readonly calls: string[];
}

/** Without a fault everything works, and is recorded. */
export function failingFileSystem(fault?: Fault): Recorded {
  const calls: string[] = [];
  const guarded =
    (
      name: string,
      call: (...inputs: never[]) => Promise<unknown>,
      partial?: (...inputs: never[]) => Promise<unknown>,
    ) =>
    async (...inputs: never[]) => {
      calls.push(describe(name, inputs));
      if (fault !== undefined && (fault.kind === "kill" ? calls.length >= fault.at : calls.length === fault.at)) {
        // What is being written is there in part.
        if (calls.length === fault.at) await partial?.(...inputs);
        throw Object.assign(new Error(fault.kind), { code: fault.code ?? "EIO", errno: -5 });
      }
      return call(...inputs);
    };
  const handle = (file: FileHandle, path: string): FileHandle => {
    const wrapped: Record<string | symbol, unknown> = {
      // Closing is no call that a kill could come before: the system does it.
      close: () => file.close(),
      [Symbol.asyncDispose]: () => file.close(),
    };
    for (const name of ["writeFile", "sync", "stat", "chmod", "chown", "read", "readFile"] as const) {
      const call = (...inputs: never[]) => Reflect.apply(file[name], file, inputs) as Promise<unknown>;
      const half = (bytes: Uint8Array) => file.writeFile(bytes.subarray(0, bytes.length / 2));
      wrapped[name] = guarded(`${name} ${short(path)}`, call, name === "writeFile" ? half : undefined);
    }
    return wrapped as unknown as FileHandle; // As much of one as is used.
  };
  const entries = Object.entries(nodeFileSystem).map(([name, call]) => {
    const plain = (...inputs: never[]) => Reflect.apply(call, undefined, inputs) as Promise<unknown>;
    if (name !== "open") return [name, guarded(name, plain)];
    const opens = async (...inputs: never[]) => handle((await plain(...inputs)) as FileHandle, String(inputs[0]));
    return [name, guarded(name, opens)];
  });
  return { fs: Object.fromEntries(entries) as FileSystem, calls };
}

function describe(name: string, inputs: readonly unknown[]): string {
  const paths = inputs.filter((input): input is string => typeof input === "string" && input.includes("/"));
  return [name, ...paths.map(short)].join(" ");
}

function short(path: string): string {
  return path.replace(/^.*\//, "").replace(/[0-9a-f]{16}/, "*");
}
