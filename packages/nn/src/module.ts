/** The base class of parts of a model. Parameters and other modules are found in its properties, in order of definition. */
import { type LoadOptions, type LoadReport, type Parameter, type Tensor, TraceError } from "@tapegrad/core";
import {
  currentRecording,
  guarded,
  isMap,
  isParameter,
  isPlainObject,
  isSet,
  loadState,
  OfThisCopy,
  recordedByIdentity,
  recordingOf,
  stateOf,
} from "@tapegrad/core/internal";

/**
 * The base class of models and layers: `parameters()`, `stateDict()`, `train()` and `eval()` work on all its Parameters and
 * modules. These are found in public properties, also inside nested arrays, Maps, Sets and plain objects. Those in `#private`
 * fields, in instances of other classes or in closures are not found: they are neither trained nor saved, and `train` and
 * `eval` do not reach them. @throws TraceError when a module that is older than a recording lists Parameters that the recording
 * made.
 * @pytorch torch.nn.Module
 * @example
 * import { Module, Parameter, type Tensor, tensor } from "tapegrad";
 * class Scale extends Module {
 *   factor = new Parameter(2);
 *   forward(x: Tensor) {
 *     return x.mul(this.factor);
 *   }
 * }
 * const model = new Scale();
 * console.log(model.forward(tensor([1, 3])), Object.keys(model.stateDict()));
 * // → Tensor(float32 [2]) [2, 6] [ 'factor' ]
 */
export abstract class Module extends OfThisCopy {
  /** In which it was made. */
  readonly #recording = currentRecording();
  #training = true;
  readonly #isTraining = () => this.#training;
  readonly #becomeTraining = (training: boolean) => {
    this.#training = training;
  };

  /** Whether layers such as Dropout behave as in training; changed by `train` and `eval`. A compiled function records both. */
  get training(): boolean {
    return guarded(this.#isTraining, this.#becomeTraining);
  }

  get [recordedByIdentity](): true {
    return true;
  }

  /** What the module computes; subclasses say from what. */
  abstract forward(...inputs: never[]): unknown;

  /**
   * Parameters with their paths, `encoder.0.weight`, in the order of properties; arrays and Sets by position, Maps and objects by
   * key. One that lies in two places has two names. A module inside itself, such as a parent that its child holds, has none there.
   * @throws TraceError for one that is made in a recording, such as that of a compiled function, while the module is older.
   * @pytorch torch.nn.Module.named_parameters
   */
  namedParameters(): Iterable<[name: string, parameter: Parameter]> {
    const named = listed<[string, Parameter]>(this, [], (path, part) => {
      if (isParameter(part)) return [[path, part]];
      return Array.from(part.namedParameters(), ([name, parameter]) => [`${path}.${name}`, parameter]);
    });
    for (const [name, parameter] of named) if (recordingOf(parameter) > this.#recording) throw notLasting(name);
    return named;
  }

  /**
   * The trainable Parameters, each once, in the order of `namedParameters`.
   * @pytorch torch.nn.Module.parameters
   */
  parameters(): Parameter[] {
    const all = Array.from(this.namedParameters(), ([, parameter]) => parameter);
    return [...new Set(all)].filter((parameter) => parameter.trainable);
  }

  /**
   * The modules directly inside this one.
   * @pytorch torch.nn.Module.children
   */
  children(): Module[] {
    return partsOf(this).flatMap(([, part]) => (part instanceof Module ? [part] : []));
  }

  /**
   * This module as "", and every one inside with its path, `encoder.0`.
   * @pytorch torch.nn.Module.named_modules
   */
  namedModules(): Iterable<[name: string, module: Module]> {
    return listed<[string, Module]>(this, [["", this]], (path, part) => {
      if (!(part instanceof Module)) return [];
      return Array.from(part.namedModules(), ([name, module]) => [name === "" ? path : `${path}.${name}`, module]);
    });
  }

  /**
   * All values by name, the very tensors: they never change, later training makes new ones.
   * @pytorch torch.nn.Module.state_dict
   */
  stateDict(): Record<string, Tensor> {
    return stateOf(this.namedParameters());
  }

  /**
   * Takes over all values, or none. With `{ strict: false }` the state may lack names and have others, which are returned.
   * @throws TapegradError naming missing and unknown names, ShapeError or DTypeError for a value that does not fit.
   * @pytorch torch.nn.Module.load_state_dict
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>, options: LoadOptions = {}): LoadReport {
    return loadState("the same model", this.namedParameters(), state, options);
  }

  /**
   * Training behaviour, here and in every module inside.
   * @pytorch torch.nn.Module.train
   */
  train(): this {
    return this.#setTraining(true);
  }

  /**
   * Evaluation behaviour, here and in every module inside.
   * @pytorch torch.nn.Module.eval
   */
  eval(): this {
    return this.#setTraining(false);
  }

  #setTraining(training: boolean): this {
    for (const [, module] of this.namedModules()) {
      if (module.training !== training) module.#becomeTraining(training); // Read first: recordings depend on what it was before.
    }
    return this;
  }
}

/** Modules whose parts are being listed just now. */
const listing = new Set<Module>();

/** `own`, and what `list` makes of the parts of `module`. Nothing, if `module` lies inside itself and is being listed already. */
function listed<T>(module: Module, own: readonly T[], list: (path: string, part: Parameter | Module) => T[]): T[] {
  if (listing.has(module)) return [];
  listing.add(module);
  try {
    return [...own, ...partsOf(module).flatMap(([path, part]) => list(path, part))];
  } finally {
    listing.delete(module);
  }
}

/** Modules and Parameters in the properties of `module`: by themselves, or in arrays, Maps, Sets and plain objects. */
function partsOf(module: Module): [path: string, part: Parameter | Module][] {
  return Object.entries(module).flatMap(([key, value]) => partsAt(key, value, [module]));
}

/** `around` are the containers that `value` is in: one that contains itself has nothing new. */
function partsAt(path: string, value: unknown, around: readonly unknown[]): [string, Parameter | Module][] {
  if (around.includes(value)) return [];
  if (isParameter(value) || value instanceof Module) return [[path, value]];
  return entriesOf(value).flatMap(([key, part]) => partsAt(`${path}.${key}`, part, [...around, value]));
}

/** What a container holds, by name: keys of Maps and objects, positions in arrays and Sets, and of Map keys that are no names. */
function entriesOf(value: unknown): [name: string, part: unknown][] {
  if (Array.isArray(value) || isSet(value)) return Array.from(value, (part, index) => [String(index), part]);
  if (isMap(value)) {
    const isName = (key: unknown) => typeof key === "string" || typeof key === "number";
    return Array.from(value, ([key, part], index) => [String(isName(key) ? key : index), part]);
  }
  return isPlainObject(value) ? Object.entries(value) : [];
}

/** If every call made a new Parameter in a lasting module, the Parameter would start from its first value every time. */
function notLasting(name: string): TraceError {
  return new TraceError(
    "Module",
    `${name} was made while a function was recorded, and would be new at every call`,
    "make it in the constructor, or call the module once outside of compile, scan and other transforms",
  );
}
