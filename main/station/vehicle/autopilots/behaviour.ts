/** Values of a vehicle's parameters by name; undefined: it has none of this name, or they were not read. */
export type ParameterValues = (name: string) => number | undefined;

/** One thing that an autopilot does by itself, as its parameters set it, in words. */
export interface Behaviour {
  readonly topic: 'FAILSAFE' | 'RETURN' | 'FENCE' | 'RALLY' | 'HOME';
  /** What makes it act: "The link to the station is lost". */
  readonly when: string;
  /** The parameters that it rests on, the deciding one first; none: it is always so. */
  readonly parameters: readonly string[];
  /** "Returns to its home." Null: its deciding parameter is not known. */
  say(value: ParameterValues): string | null;
}

export interface BehaviourSaid {
  readonly topic: Behaviour['topic'];
  readonly when: string;
  readonly sentence: string;
  readonly parameters: readonly { readonly name: string; readonly value: number | null }[];
}

/** A value that the table does not know is shown as such, never guessed. */
export function sayBehaviours(behaviours: readonly Behaviour[], value: ParameterValues): BehaviourSaid[] {
  return behaviours.map(({ topic, when, parameters, say }) => ({
    topic,
    when,
    sentence: say(value) ?? 'Not known: its parameters were not read.',
    parameters: parameters.map((name) => ({ name, value: value(name) ?? null })),
  }));
}

/** A behaviour that one parameter chooses from a list. `instead` and `also`: what others change. */
export function chosenBy(
  topic: Behaviour['topic'],
  when: string,
  parameters: readonly [string, ...string[]],
  choices: Readonly<Record<number, string>>,
  { instead = () => null, also = () => '' }: Exceptions = {},
): Behaviour {
  const [name] = parameters;
  return {
    topic,
    when,
    parameters,
    say(value) {
      const chosen = value(name);
      if (chosen === undefined) return null;
      const other = instead(value);
      if (other !== null) return other;
      const choice = choices[chosen];
      if (choice === undefined) return `Set to ${chosen}, which this station does not know. See ${name}.`;
      return [choice, also(value)].filter((part) => part !== '').join(' ');
    },
  };
}

interface Exceptions {
  /** What it does whatever is chosen; null: what is chosen. */
  readonly instead?: (value: ParameterValues) => string | null;
  /** A further sentence, or none. */
  readonly also?: (value: ParameterValues) => string;
}

/** Of a bitmask; false where it was not read. */
export function hasBit(mask: number | undefined, bit: number): boolean {
  return mask !== undefined && (mask & (1 << bit)) !== 0;
}
