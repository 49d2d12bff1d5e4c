/** The order of test files: the slow ones first, so that none is left over when the others are done. */
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { slow } from "./slow-files.ts";

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const places = new Map(slow.map((path, place) => [path, place]));
    const placeOf = ({ moduleId }: TestSpecification) =>
      places.get(relative(this.ctx.config.root, moduleId)) ?? slow.length;
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
