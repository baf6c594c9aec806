import type { Callable, ReadQueries, WriteQueries } from '../../../db/queries/query-map.ts';

/** The station's only way to its records. A capability that only reads is given `Store['read']`. */
export interface Store {
  readonly read: Callable<ReadQueries>;
  readonly write: Callable<WriteQueries>;
}
