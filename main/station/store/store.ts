import type { Callable, ReadQueries, WriteQueries } from '../../../db/queries/query-map.ts';

/** The station's only way to its records. A capability that only reads is given `Store['read']`. */
export interface Store {
  readonly read: Callable<ReadQueries>;
  readonly write: Callable<WriteQueries>;
  /**
   * The same records as this person may see and change them. Everything that is done for a person goes through it; the
   * plain store is the station acting for nobody. Refuses with FORBIDDEN what lies outside the person's coverage.
   */
  as(dispatcherId: string): Pick<Store, 'read' | 'write'>;
}
