import type { Columns, Json, MergeRule } from '../../db/sync/wire.ts';

/** The synced tables as the simulation knows them: keys, rules and references of the real ones, few columns. */
export interface ModelTable {
  readonly rule: MergeRule;
  readonly pulled: boolean;
  readonly parent: { readonly table: string; readonly column: string } | null;
  readonly refuses?: (row: Columns) => boolean;
}

export const MODEL_TABLES: Readonly<Record<string, ModelTable>> = {
  base_stations: {
    rule: 'COLUMNS',
    pulled: true,
    parent: null,
    refuses: ({ capacity }) => Number(capacity) < 0,
  },
  drones: { rule: 'COLUMNS', pulled: true, parent: { table: 'base_stations', column: 'base_station_id' } },
  emergencies: { rule: 'COLUMNS', pulled: true, parent: null },
  missions: { rule: 'COLUMNS', pulled: true, parent: { table: 'emergencies', column: 'emergency_id' } },
  mission_events: { rule: 'UNION', pulled: true, parent: { table: 'missions', column: 'mission_id' } },
  audit_log: { rule: 'UNION', pulled: false, parent: null },
  no_fly_zones: { rule: 'ZONE', pulled: true, parent: null },
};

export function modelTable(name: string): ModelTable {
  const table = MODEL_TABLES[name];
  if (table === undefined) throw new Error(`The simulation has no table ${name}`);
  return table;
}

export function keyOf(row: { readonly table: string; readonly rowId: string }): string {
  return `${row.table}/${row.rowId}`;
}

/** The key of the row that this one refers to; null: none. */
export function parentKey(table: string, columns: Columns): string | null {
  const { parent } = modelTable(table);
  if (parent === null) return null;
  const reference: Json = columns[parent.column] ?? null;
  return reference === null ? null : `${parent.table}/${String(reference)}`;
}
