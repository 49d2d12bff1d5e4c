/** A real device seen through a wrapper that counts, or spoils, what passes. */
import { bufferUsage, type Device } from "../src/device/gpu.ts";

/** `target` with some members replaced. Native objects insist on being `this` of their own methods. */
export function replacing<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const replaced: unknown = Reflect.get(members, name);
      if (replaced !== undefined) return replaced;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

export interface Counts {
  submits: number;
  dispatches: number;
  buffers: number;
  pipelines: number;
  bindGroups: number;
  waits: number;
  /** Buffers mapped for reading. */
  maps: number;
}

export function counting(device: Device): { device: Device; counts: Counts } {
  const counts: Counts = { submits: 0, dispatches: 0, buffers: 0, pipelines: 0, bindGroups: 0, waits: 0, maps: 0 };
  const queue = replacing(device.queue, {
    submit(commands) {
      counts.submits++;
      device.queue.submit(commands);
    },
    onSubmittedWorkDone() {
      counts.waits++;
      return device.queue.onSubmittedWorkDone();
    },
  });
  const wrapped = replacing(device, {
    queue,
    createBuffer(descriptor) {
      counts.buffers++;
      const buffer = device.createBuffer(descriptor);
      // Bound and copied buffers are the device's own: of those that are only mapped, mapping is watched in place.
      const mapAsync = buffer.mapAsync.bind(buffer);
      buffer.mapAsync = (mode) => {
        counts.maps++;
        return mapAsync(mode);
      };
      return buffer;
    },
    createBindGroup(descriptor) {
      counts.bindGroups++;
      return device.createBindGroup(descriptor);
    },
    createComputePipeline(descriptor) {
      counts.pipelines++;
      return device.createComputePipeline(descriptor);
    },
    createCommandEncoder() {
      const encoder = device.createCommandEncoder();
      return replacing(encoder, {
        beginComputePass() {
          const pass = encoder.beginComputePass();
          return replacing(pass, {
            dispatchWorkgroups(count) {
              counts.dispatches++;
              pass.dispatchWorkgroups(count);
            },
          });
        },
      });
    },
  });
  return { device: wrapped, counts };
}

/** Takes shaders and commands, and does nothing. */
export function dry(device: Device): Device {
  const pass = { setPipeline() {}, setBindGroup() {}, dispatchWorkgroups() {}, end() {} };
  return replacing(device, {
    queue: replacing(device.queue, { submit() {} }),
    createShaderModule: () => ({}),
    createComputePipeline: () => ({}),
    createBindGroup: () => ({}),
    createCommandEncoder: () => ({ beginComputePass: () => pass, copyBufferToBuffer() {}, finish: () => ({}) }),
  });
}

/** Keeps the texts of all shaders. */
export function noting(device: Device): { device: Device; shaders: Set<string> } {
  const shaders = new Set<string>();
  const wrapped = replacing(device, {
    createShaderModule(descriptor) {
      shaders.add(descriptor.code);
      return device.createShaderModule(descriptor);
    },
  });
  return { device: wrapped, shaders };
}

/** Shaders of `op` do not compile. */
export function misreading(device: Device, op: string): Device {
  return replacing(device, {
    createShaderModule({ code, label = "" }) {
      return device.createShaderModule({ code: label === op ? `${code} nonsense` : code, label });
    },
  });
}

/** Has no room for buffers of `op` that are larger than `most` bytes: gives what the specification calls an invalid buffer. */
export function confined(device: Device, op: string, most: number): Device {
  let isFull = false;
  const contradictory = bufferUsage.mapRead | bufferUsage.storage;
  return replacing(device, {
    createBuffer(descriptor) {
      if (descriptor.label !== op || descriptor.size <= most) return device.createBuffer(descriptor);
      isFull = true;
      device.pushErrorScope("validation");
      const invalid = device.createBuffer({ ...descriptor, usage: contradictory });
      void device.popErrorScope();
      return invalid;
    },
    async popErrorScope() {
      const wasFull = isFull;
      isFull = false;
      return (await device.popErrorScope()) ?? (wasFull ? { message: "not enough memory left" } : null);
    },
  });
}
