import type { QueryName } from '../protocol.ts';
import type { Writer } from '../transactions.ts';
import { appendAudits } from './audit.ts';
import { eventsOfMissions, recordEvents } from './missions.ts';
import type { WriteQueries } from './query-map.ts';
import type { AuditRecord } from './query-map-people.ts';

/** How one statement does for many callers what each asked for. */
export interface AtOnce<Input> {
  /** The column that tells the rows of one caller from those of another: each is a group of its own to the centre. */
  apart: string;
  /** How many of the inputs, from the first on, can be done so. */
  count(inputs: readonly Input[]): number;
  /** The output of each. */
  write(writer: Writer, inputs: readonly Input[]): Promise<unknown[]>;
}

const progressAtOnce: AtOnce<Parameters<WriteQueries['recordMissionProgress']>[0]> = {
  apart: 'mission_id',
  count: eventsOfMissions,
  write: recordEvents,
};
const auditAtOnce: AtOnce<AuditRecord> = {
  apart: 'audit_id',
  count: (inputs) => inputs.length,
  async write(writer, inputs) {
    await appendAudits(writer, inputs);
    return inputs.map(() => undefined);
  },
};

/**
 * Writes that may share a transaction with others of the same person, or of the station: short, and asked for by many
 * at once. null: each has statements of its own.
 */
const SHARED: ReadonlyMap<QueryName, AtOnce<never> | null> = new Map<QueryName, AtOnce<never> | null>([
  ['recordMissionProgress', progressAtOnce],
  ['appendAudit', auditAtOnce],
  ['appendTranscript', null],
  ['setDroneStatus', null],
  ['createEmergency', null],
  ['updateEmergency', null],
  ['closeEmergency', null],
]);

/** Ten to twenty milliseconds of work: what whoever comes next waits at most. */
export const MOST_TOGETHER = 64;

export function mayShare(name: QueryName): boolean {
  return SHARED.has(name);
}

/** How many of the calls, from the first on, one statement does, and how; null: the first has its own. */
export function atOnceOf(
  calls: readonly { name: QueryName; input: unknown }[],
): { apart: string; count: number; write(writer: Writer): Promise<unknown[]> } | null {
  const name = calls[0]?.name;
  const atOnce = name === undefined ? null : SHARED.get(name);
  if (atOnce === null || atOnce === undefined) return null;
  const other = calls.findIndex((call) => call.name !== name);
  const alike = other === -1 ? calls : calls.slice(0, other);
  // Checked against the query map where the call was made.
  const inputs = alike.map(({ input }) => input as never);
  const count = atOnce.count(inputs);
  if (count < 2) return null;
  return { apart: atOnce.apart, count, write: (writer) => atOnce.write(writer, inputs.slice(0, count)) };
}
