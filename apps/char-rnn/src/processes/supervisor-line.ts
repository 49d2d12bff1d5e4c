/** Rank 0's connection to the supervisor that has started it. */
import { connect, type Socket } from "node:net";
import { exitCodeOf, type Signal } from "@tapegrad/command-line";
import { listen, remoteScreen, type Screen, send, type ToLeader, type ToSupervisor } from "./messages.ts";

export class SupervisorLine {
  readonly screen: Screen = remoteScreen((call) => this.send({ show: call }));
  /** What to do at a signal to the supervisor; until somebody says, it ends this process. */
  onSignal: (signal: Signal) => void = (signal) => process.exit(exitCodeOf(signal));
  readonly #socket: Socket;
  #isOver = false;

  constructor(path: string) {
    this.#socket = connect(path);
    listen<ToLeader>(this.#socket, ({ signal }) => this.onSignal(signal));
    // A supervisor that was killed cannot say so; the run is saved, and nobody goes on behind the user's back.
    this.#socket.on("close", () => {
      if (!this.#isOver) this.onSignal("SIGTERM");
    });
  }

  send(message: ToSupervisor): void {
    send(this.#socket, message);
  }

  /** Says `message` as the last one, if there was no last one yet; resolves when it is on its way. */
  async end(message: ToSupervisor): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.send(message);
    await new Promise<void>((resolve) => this.#socket.end(resolve));
  }
}
