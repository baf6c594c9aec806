/** What became of a report that a person wanted as a file. Between page and shell alone: no station has part in it. */
export type SavedReport =
  | { kind: 'SAVED'; path: string }
  | { kind: 'CANCELLED' }
  /** The sentence is for people. */
  | { kind: 'FAILED'; sentence: string };
