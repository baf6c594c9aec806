import { sql } from 'kysely';
import type { MergeRule } from '../sync/wire.ts';
import type { Reader } from '../transactions.ts';

/** A table that travels, as sync_tables (V11) names it. */
export interface SyncTable {
  readonly name: string;
  readonly order: number;
  readonly key: string;
  /** Its SQL type. */
  readonly keyType: string;
  readonly rule: MergeRule;
  readonly pulled: boolean;
  readonly excluded: readonly string[];
  /** The columns that travel and that this version has. */
  readonly columns: readonly string[];
  /** The table that a column refers to. */
  readonly parents: Readonly<Record<string, string>>;
  readonly keptBy: string | null;
  readonly keptForDays: number | null;
}

/** Parents before what refers to them. */
export async function syncTables(reader: Reader): Promise<SyncTable[]> {
  return reader.all(sql<SyncTable>`
    SELECT table_name AS name, apply_order AS "order", key_column AS key, rule, pulled, excluded,
      sync_columns(table_name) AS columns, parents, kept_by AS "keptBy", kept_for_days AS "keptForDays",
      (SELECT format_type(atttypid, NULL) FROM pg_attribute
        WHERE attrelid = to_regclass(quote_ident(table_name)) AND attname = key_column) AS "keyType"
    FROM sync_tables ORDER BY apply_order`);
}
