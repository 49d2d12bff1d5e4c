/** A device that says that it can bind only small buffers, so that ordinary tensors take many; and what it is then asked for. */
import { bufferUsage, type Device } from "../src/device/gpu.ts";
import { requestDevice } from "../src/webgpu.ts";
import { replacing } from "./wrapped-device.ts";

export interface Asked {
  /** Bytes of the largest buffer that shaders could bind. */
  largest: number;
  /** Such buffers that one shader binds. */
  most: number;
  /** Shaders of which an operand is several pages. */
  paged: number;
}

export interface PagedDevice {
  readonly device: Device;
  readonly asked: Asked;
}

/** `bytes` of one page, of which a shader can bind `buffers`. */
export async function pagedDevice(bytes: number, buffers: number): Promise<PagedDevice> {
  const real = await requestDevice();
  const asked: Asked = { largest: 0, most: 0, paged: 0 };
  const device = replacing(real, {
    limits: replacing(real.limits, { maxStorageBufferBindingSize: bytes, maxStorageBuffersPerShaderStage: buffers }),
    createBuffer(descriptor) {
      if ((descriptor.usage & bufferUsage.storage) !== 0) asked.largest = Math.max(asked.largest, descriptor.size);
      return real.createBuffer(descriptor);
    },
    createShaderModule(descriptor) {
      const { code } = descriptor;
      asked.most = Math.max(asked.most, code.match(/var<storage/g)?.length ?? 0);
      if (/\w+Page1:/.test(code)) asked.paged++;
      return real.createShaderModule(descriptor);
    },
  });
  return { device, asked };
}
