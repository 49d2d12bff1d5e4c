/** The messages between rank 0 and its supervisor: one JSON text per line, over a socket. */
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Signal } from "@tapegrad/command-line";
import type { Display } from "../terminal/display.ts";

/** What a run shows itself on. */
export type Screen = Pick<Display, "say" | "command" | "sample" | "update" | "phase" | "endPhase" | "finish">;

/** A call of a method of the screen: its name and arguments. */
export type Call = { [Name in keyof Screen]: readonly [Name, ...Parameters<Screen[Name]>] }[keyof Screen];

export interface Saved {
  readonly path: string;
  readonly step: number;
}

/** How a run ended: well, by a signal that it was saved after, or by a fault that trying again would not mend. */
export interface Ended {
  readonly code: number;
  readonly message?: string;
}

export type ToSupervisor =
  | { readonly show: Call }
  /** From here on a signal is passed on, and the run is saved; before, it is just ended. */
  | { readonly trains: true }
  | { readonly saved: Saved }
  | { readonly ended: Ended }
  /** Why the processes cannot go on. */
  | { readonly failed: string };

export interface ToLeader {
  readonly signal: Signal;
}

export function send<Message extends ToSupervisor | ToLeader>(socket: Socket, message: Message): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

/** Calls `receive` with every message that comes. The other side is this program in this version. */
export function listen<Message extends ToSupervisor | ToLeader>(
  socket: Socket,
  receive: (message: Message) => void,
): void {
  socket.on("error", () => {}); // The other side is gone; its end says the same.
  createInterface({ input: socket }).on("line", (line) => receive(JSON.parse(line) as Message)); // The one cast.
}

/** A screen that others look at: `show` gets every call. */
export function remoteScreen(show: (call: Call) => void): Screen {
  return {
    say: (...values) => show(["say", ...values]),
    command: (...values) => show(["command", ...values]),
    sample: (...values) => show(["sample", ...values]),
    update: (...values) => show(["update", ...values]),
    phase: (...values) => show(["phase", ...values]),
    endPhase: () => show(["endPhase"]),
    finish: () => show(["finish"]),
  };
}

/** Does on `screen` what was called on a remote one. */
export function showOn(screen: Screen, [name, ...values]: Call): void {
  const method = screen[name].bind(screen) as (...values: unknown[]) => void; // A Call has the arguments of its method.
  method(...values);
}
