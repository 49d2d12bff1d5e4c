/** Counts the commands that a GPU gets, from outside: during a measurement, the platform's own methods count their calls. */

export interface CommandCounts {
  readonly dispatches: number;
  readonly submits: number;
}

const counted: readonly (readonly [command: keyof CommandCounts, className: string, method: string])[] = [
  ["dispatches", "GPUComputePassEncoder", "dispatchWorkgroups"],
  ["dispatches", "GPUComputePassEncoder", "dispatchWorkgroupsIndirect"],
  ["submits", "GPUQueue", "submit"],
];

/**
 * What is handed to any device until `work` is done, by whoever does it. `platform` has the classes of WebGPU by name: the globals
 * of a browser, or what Dawn's package offers in their place.
 * @throws Error where a class or a method is missing.
 */
export async function countCommands(
  work: () => Promise<unknown>,
  platform: object = globalThis,
): Promise<CommandCounts> {
  const counts = { dispatches: 0, submits: 0 };
  const undo: (() => void)[] = [];
  try {
    for (const [command, className, method] of counted) {
      const prototype = prototypeOf(platform, className);
      const original: unknown = Reflect.get(prototype, method);
      if (typeof original !== "function") throw new Error(`${className} has no ${method} to count`);
      Reflect.set(prototype, method, function (this: unknown, ...operands: unknown[]): unknown {
        counts[command]++;
        return Reflect.apply(original, this, operands);
      });
      undo.push(() => Reflect.set(prototype, method, original));
    }
    await work();
  } finally {
    for (const restore of undo) restore();
  }
  return counts;
}

function prototypeOf(platform: object, className: string): object {
  const found: unknown = Reflect.get(platform, className);
  const prototype: unknown = typeof found === "function" ? found.prototype : undefined;
  if (typeof prototype !== "object" || prototype === null) throw new Error(`there is no ${className} to count`);
  return prototype;
}
