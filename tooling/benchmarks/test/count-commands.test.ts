/** Commands are counted while something runs, and only then. */
import { expect, it } from "vitest";
import { countCommands } from "../src/count-commands.ts";

function fakePlatform() {
  class GPUComputePassEncoder {
    groups = 0;
    dispatchWorkgroups(count: number): void {
      this.groups += count;
    }
    dispatchWorkgroupsIndirect(): void {
      this.groups++;
    }
  }
  class GPUQueue {
    submit(commands: readonly object[]): number {
      return commands.length;
    }
  }
  return { GPUComputePassEncoder, GPUQueue };
}

it("counts dispatches and submits, which happen as before", async () => {
  const platform = fakePlatform();
  const [pass, queue] = [new platform.GPUComputePassEncoder(), new platform.GPUQueue()];
  pass.dispatchWorkgroups(5);
  const counts = await countCommands(async () => {
    pass.dispatchWorkgroups(2);
    await Promise.resolve();
    pass.dispatchWorkgroups(3);
    pass.dispatchWorkgroupsIndirect();
    expect(queue.submit([{}, {}])).toBe(2);
  }, platform);
  expect(counts).toEqual({ dispatches: 3, submits: 1 });
  expect(pass.groups).toBe(11);
  pass.dispatchWorkgroups(1);
  expect(counts).toEqual({ dispatches: 3, submits: 1 });
});

it("leaves the platform as it was, also after a failure", async () => {
  const platform = fakePlatform();
  const { submit } = platform.GPUQueue.prototype;
  await expect(countCommands(() => Promise.reject(new Error("lost")), platform)).rejects.toThrow("lost");
  expect(platform.GPUQueue.prototype.submit).toBe(submit);
});

it("refuses where there is nothing to count", async () => {
  await expect(countCommands(async () => {}, {})).rejects.toThrow("there is no GPUComputePassEncoder to count");
  const platform = { ...fakePlatform(), GPUQueue: class {} };
  const { dispatchWorkgroups } = platform.GPUComputePassEncoder.prototype;
  await expect(countCommands(async () => {}, platform)).rejects.toThrow("GPUQueue has no submit to count");
  expect(platform.GPUComputePassEncoder.prototype.dispatchWorkgroups).toBe(dispatchWorkgroups);
});
