import { sql } from 'kysely';
import { build, type ReadImplementation, type WriteImplementation } from '../transactions.ts';
import type { ReadQueries, WriteQueries } from './query-map.ts';

export const settingsReads: ReadImplementation<Pick<ReadQueries, 'setting'>> = {
  async setting(reader, { name }) {
    const row = await reader.first(
      build
        .selectFrom('settings')
        .select(sql<Record<string, unknown>>`value`.as('value'))
        .where('name', '=', name),
    );
    return row?.value ?? null;
  },
};

export const settingsWrites: WriteImplementation<Pick<WriteQueries, 'saveSetting'>> = {
  async saveSetting(writer, { name, value, nowMs }) {
    const text = JSON.stringify(value);
    await writer.run(sql`
      INSERT INTO settings (name, value, changed_at)
      VALUES (${name}, ${text}::jsonb, to_timestamp(${nowMs}::float8 / 1000))
      ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, changed_at = EXCLUDED.changed_at`);
  },
};
