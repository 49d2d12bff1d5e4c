/** A labelled menu of values. */

export interface ChoiceProps<T> {
  readonly label: string;
  readonly options: readonly T[];
  readonly value: T;
  readonly choose: (value: T) => Promise<void>;
  /** What an option is called, unless it is its own name. */
  readonly name?: (value: T) => string;
}

/** A value that is none of the options, as a link may bring, becomes one more. */
export function Choice<T extends string | number>({ label, options, value, choose, name = String }: ChoiceProps<T>) {
  const all = options.includes(value) ? options : [...options, value];
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={String(value)}
        onChange={(event) => {
          const chosen = all[event.currentTarget.selectedIndex];
          if (chosen !== undefined) void choose(chosen);
        }}
      >
        {all.map((option) => (
          <option key={option} value={String(option)}>
            {name(option)}
          </option>
        ))}
      </select>
    </label>
  );
}
