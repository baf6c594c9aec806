/** What the station process tells the shell. Everything else passes between station and page alone. */
export type StationMessage =
  | { kind: 'ready' }
  /** It cannot start, and ends; the sentence is for people. */
  | { kind: 'refused'; sentence: string }
  | { kind: 'missions-flying'; flying: boolean };
