import { sql } from 'kysely';
import type { Writer } from '../transactions.ts';
import { observed } from './stamp.ts';
import type { Stamp } from './wire.ts';

/** What this station stamps from now on is later than what it has seen (S5). */
export async function observeStamp(writer: Writer, stamp: Stamp | null): Promise<void> {
  if (stamp === null) return;
  const clock = await writer.first(
    sql<{ ms: number; counter: number }>`SELECT clock_ms AS ms, clock_counter AS counter FROM sync_station`,
  );
  if (clock === null) return;
  const next = observed(clock, stamp);
  if (next !== clock)
    await writer.run(sql`UPDATE sync_station SET clock_ms = ${next.ms}, clock_counter = ${next.counter}`);
}
