/**
 * The code of a worker: JavaScript as text, so that Node and browsers need neither a file nor a build step. The build also
 * writes it to a file, for pages that allow only workers from their own files. The worker sleeps until it gets a ticket, and
 * runs the Program that the ticket names. To receive a message, it returns to its event loop.
 */
import { mathImportObject } from "../math/lane-calls.ts";
import { control, longestMessage } from "./control.ts";

/** Sent to a worker first. */
export interface JoinMessage {
  readonly thread: number;
  readonly memory: WebAssembly.Memory;
}

/** Sent with a ticket that says so: Programs that are no more, and one to make ready. */
export interface LoadMessage {
  readonly forget: readonly number[];
  readonly id: number;
  readonly module: WebAssembly.Module;
}

const word = (address: number): number => address / 4;

/** Looks at the ticket before sleeping: some 20 µs, in which the next step of a training loop often begins. */
const spins = 10_000;

export const workerCode = `"use strict";
// Bun has both: what is sent to a worker of Node's kind arrives at its port alone.
const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
const port = threads?.parentPort ?? globalThis;
const math = { ${Object.keys(mathImportObject.math).map((name) => `${name}: Math.${name}`)} };
const programs = new Map();
let thread, memory, words, ticket, seen;

port.onmessage = ({ data }) => {
  if (words === undefined) {
    ({ thread, memory } = data);
    words = new Int32Array(memory.buffer, 0, 16384);
    ticket = ${word(control.ticket)} + 16 * thread;
    seen = Atomics.load(words, ticket);
    port.postMessage("ready");
  } else {
    attempt(() => load(data));
    Atomics.add(words, ${word(control.ready)}, 1);
    Atomics.notify(words, ${word(control.ready)});
  }
  serve();
};

function load({ forget, id, module }) {
  for (const old of forget) programs.delete(old);
  const host = () => { throw new Error("only the first thread calls the host"); };
  programs.set(id, new WebAssembly.Instance(module, { math, env: { memory, host } }).exports.main);
}

function serve() {
  for (;;) {
    for (let i = 0; i < ${spins} && Atomics.load(words, ticket) === seen; i++);
    while (Atomics.load(words, ticket) === seen) Atomics.wait(words, ticket, seen);
    seen = Atomics.load(words, ticket);
    const program = Atomics.load(words, ${word(control.program)});
    if (program < 0) return;
    attempt(() => programs.get(program)(Atomics.load(words, ${word(control.arena)}), thread));
    const done = ${word(control.done)} + 16 * thread;
    Atomics.store(words, done, seen);
    Atomics.notify(words, done);
  }
}

// The first failure is the one to tell; others are of threads that it leaves at a barrier, which this wakes.
function attempt(action) {
  try {
    action();
  } catch (error) {
    if (Atomics.compareExchange(words, ${word(control.failure)}, 0, thread + 1) === 0) {
      const text = String(error).slice(0, ${longestMessage});
      const codes = new Uint16Array(memory.buffer, ${control.message}, ${longestMessage});
      for (let i = 0; i < text.length; i++) codes[i] = text.charCodeAt(i);
      Atomics.store(words, ${word(control.messageLength)}, text.length);
    }
    Atomics.add(words, ${word(control.generation)}, 1);
    Atomics.notify(words, ${word(control.generation)});
  }
}
`;
