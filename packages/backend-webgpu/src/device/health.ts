/** Whether the device works: submitted work that may still fail, the first unreported failure, and the loss of the device. */
import { BackendError } from "@tapegrad/core";
import type { Device } from "./gpu.ts";
import { failureOf, type Outcome } from "./outcome.ts";

export class Health {
  readonly #device: Device;
  /** Work that is still to succeed. */
  readonly #pending = new Set<Outcome>();
  /** The first failure that `settle` has not reported yet. */
  #failure: { readonly order: number; readonly error: Error } | undefined;
  #loss: BackendError | undefined;

  constructor(device: Device) {
    this.#device = device;
    void device.lost.then(({ reason, message }) => {
      const said = [reason, message.trim()].filter((part) => part !== "").join(": ");
      this.#loss = new BackendError(
        "webgpu",
        `the device was lost (${said})`,
        "its tensors are gone; make another with await webgpu()",
      );
    });
  }

  /** Why the device can no longer be used. */
  get loss(): BackendError | undefined {
    return this.#loss;
  }

  refuseIfLost(op: string): void {
    if (this.#loss === undefined) return;
    throw new BackendError(op, "the device was lost", "make another with await webgpu()", { cause: this.#loss });
  }

  track(outcome: Outcome): void {
    this.#pending.add(outcome);
    void outcome.settled.then(() => {
      this.#pending.delete(outcome);
      const { order, failure } = outcome;
      if (failure !== undefined && (this.#failure === undefined || order < this.#failure.order))
        this.#failure = { order, error: failure };
    });
  }

  /** Waits for all work that has been submitted. @throws by the promise the first failure since the last call. */
  async settle(): Promise<void> {
    const issued = [...this.#pending];
    await this.#turn();
    await Promise.all(issued.map(({ settled }) => settled));
    await this.#noticeLoss(1);
    const failure = this.#failure?.error ?? this.#loss;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  /** Why work with these outcomes was refused: their first failure, else the loss, else what was said. */
  async causeOf(outcomes: Iterable<Outcome>, refusal: unknown): Promise<unknown> {
    await this.#noticeLoss(8);
    return (await failureOf(outcomes)) ?? this.#loss ?? refusal;
  }

  /** Implementations differ in what they report first: that a call failed, or that the device is lost. */
  async #noticeLoss(turns: number): Promise<void> {
    const soon = async () => {
      for (let turn = 0; turn < turns && this.#loss === undefined; turn++) await this.#turn();
    };
    await Promise.race([this.#device.lost, soon()]);
  }

  /** What has been submitted is done, or will never be. */
  async #turn(): Promise<void> {
    await this.#device.queue.onSubmittedWorkDone().catch(() => {}); // It says less than `lost` will.
  }
}
