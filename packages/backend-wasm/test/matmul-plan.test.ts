/** The decisions behind a matmul kernel: tiles that fit the registers, blocks that cover the extents, bounded scratch. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scratchBytes } from "../src/matmul/index.ts";
import { planOf } from "../src/matmul/plan.ts";
import { complete } from "../src/matmul/spec.ts";
import { chooseTiling } from "../src/matmul/tiles.ts";

const extent = fc.integer({ min: 1, max: 5000 });

describe("tiles", () => {
  it("cover the rows and keep at most 15 vectors live, 14 without fused multiply-add", () => {
    fc.assert(
      fc.property(extent, extent, fc.boolean(), (rows, vectors, fma) => {
        const { width, heights } = chooseTiling(rows, vectors, fma);
        expect(heights.reduce((sum, { height, count }) => sum + height * count, 0)).toBe(rows);
        for (const { height } of heights) {
          expect(height * width + Math.min(height, width) + 1).toBeLessThanOrEqual(fma ? 15 : 13);
        }
      }),
    );
  });

  it("are those that were measured best at common sizes", () => {
    const shape = (rows: number, vectors: number, fma = true) => {
      const { width, heights } = chooseTiling(rows, vectors, fma);
      return `${heights.map(({ height, count }) => `${count}·${height}`).join(" + ")} × ${width}`;
    };
    expect(shape(1, 128, false)).toBe("1·1 × 8");
    expect(shape(4, 128)).toBe("2·2 × 6");
    expect(shape(3, 128)).toBe("1·3 × 2");
    expect(shape(16, 128)).toBe("2·6 + 2·2 × 2");
    expect(shape(25, 150)).toBe("4·6 + 1·1 × 2");
    expect(shape(32, 128)).toBe("5·6 + 1·2 × 2");
    expect(shape(96, 2)).toBe("16·6 × 2");
  });
});

describe("blocks", () => {
  it("cover k and the columns, and bound the scratch whatever the shape", () => {
    fc.assert(
      fc.property(extent, extent, extent, fc.boolean(), fc.boolean(), (rows, inner, columns, left, right) => {
        const spec = {
          dtype: "float32",
          rows,
          inner,
          columns,
          transposeLeft: left,
          transposeRight: right,
          fma: true,
        } as const;
        const plan = planOf(complete(spec));
        const covered = [[columns, plan.columns] as const, [inner, plan.inner] as const];
        for (const [total, { size, count, last }] of covered) {
          expect((count - 1) * size + last).toBe(total);
          expect(last).toBeGreaterThan(0);
          expect(last).toBeLessThanOrEqual(size);
        }
        expect(scratchBytes(spec)).toBeLessThan(768 * 1024);
      }),
    );
  });
});
