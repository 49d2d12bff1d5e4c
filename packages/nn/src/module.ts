/** A part of a model: Parameters and other modules as plain properties, found by walking them in order of definition. */
import {
  DTypeError,
  formatShape,
  guarded,
  Parameter,
  recordedByIdentity,
  ShapeError,
  sameShape,
  TapegradError,
  type Tensor,
} from "@tapegrad/core";

export abstract class Module {
  #training = true;

  /** Whether layers such as Dropout behave as in training; changed by `train` and `eval`. A compiled function records both. */
  get training(): boolean {
    return guarded(() => this.#training);
  }

  get [recordedByIdentity](): true {
    return true;
  }

  abstract forward(...inputs: never[]): unknown;

  /** Parameters with their paths, `encoder.0.weight`: own ones first met, properties in order, arrays by index. */
  *namedParameters(): Iterable<[name: string, parameter: Parameter]> {
    for (const [path, part] of partsOf(this)) {
      if (part instanceof Parameter) yield [path, part];
      else for (const [name, parameter] of part.namedParameters()) yield [`${path}.${name}`, parameter];
    }
  }

  /** The trainable Parameters, each once, in the order of `namedParameters`. */
  parameters(): Parameter[] {
    const all = Array.from(this.namedParameters(), ([, parameter]) => parameter);
    return [...new Set(all)].filter((parameter) => parameter.trainable);
  }

  /** The modules directly inside this one. */
  children(): Module[] {
    return partsOf(this).flatMap(([, part]) => (part instanceof Module ? [part] : []));
  }

  /** This module as "", and every one inside with its path, `encoder.0`. */
  *namedModules(): Iterable<[name: string, module: Module]> {
    yield ["", this];
    for (const [path, part] of partsOf(this)) {
      if (!(part instanceof Module)) continue;
      for (const [name, module] of part.namedModules()) yield [name === "" ? path : `${path}.${name}`, module];
    }
  }

  /** All values by name, the very tensors: they never change, later training makes new ones. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(Array.from(this.namedParameters(), ([name, parameter]) => [name, parameter.value]));
  }

  /**
   * Takes over all values, or none.
   * @throws TapegradError naming missing and unknown names, ShapeError or DTypeError for a value that does not fit.
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>): void {
    const own = new Map(this.namedParameters());
    const missing = [...own.keys()].filter((name) => !Object.hasOwn(state, name));
    const unknown = Object.keys(state).filter((name) => !own.has(name));
    if (missing.length > 0 || unknown.length > 0) {
      const list = (names: string[]) => names.join(", ") || "none";
      throw new TapegradError(
        "loadStateDict",
        `names differ: missing ${list(missing)}; unknown ${list(unknown)}`,
        "load a state of the same model",
      );
    }
    for (const [name, parameter] of own) {
      const { shape, dtype } = state[name] ?? parameter;
      if (!sameShape(shape, parameter.shape)) {
        throw new ShapeError(
          "loadStateDict",
          `${name} has another shape: ${formatShape(shape)} into ${formatShape(parameter.shape)}`,
        );
      }
      if (dtype !== parameter.dtype) {
        throw new DTypeError(
          "loadStateDict",
          `${name} has another dtype: ${dtype} into ${parameter.dtype}`,
          "cast the values first",
        );
      }
    }
    for (const [name, parameter] of own) parameter.assign(state[name] ?? parameter.value);
  }

  /** Training behaviour, here and in every module inside. */
  train(): this {
    return this.#setTraining(true);
  }

  /** Evaluation behaviour, here and in every module inside. */
  eval(): this {
    return this.#setTraining(false);
  }

  #setTraining(training: boolean): this {
    this.#training = training;
    for (const child of this.children()) child.#setTraining(training);
    return this;
  }
}

function partsOf(module: Module): [path: string, part: Parameter | Module][] {
  return Object.entries(module).flatMap(([key, value]) => partsAt(key, value));
}

function partsAt(path: string, value: unknown): [string, Parameter | Module][] {
  if (value instanceof Parameter || value instanceof Module) return [[path, value]];
  return Array.isArray(value) ? value.flatMap((part, index) => partsAt(`${path}.${index}`, part)) : [];
}
