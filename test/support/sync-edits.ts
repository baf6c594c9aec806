import { isLive, statusRank } from '../../db/sync/merge.ts';
import type { Columns } from '../../db/sync/wire.ts';
import type { Random } from '../../main/station/ports/random.ts';
import type { Edit, ModelDisk } from './sync-model-store.ts';
import { parentKey } from './sync-tables.ts';

export const REGIONS = ['NV', 'CA', 'AZ'] as const;
const STATUSES = [
  'LAUNCHED',
  'IN_FLIGHT',
  'ARRIVED',
  'LANDED',
  'AED_DEPLOYED',
  'RETURNING',
  'COMPLETED',
  'ABORTED',
];

/** Makes the edits of people at random: one local transaction a call, or null when there was nothing to do. */
export class EditMaker {
  readonly #random: Random;
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  edits(disk: ModelDisk, stationId: string): Edit[] | null {
    const chance = this.#random.next();
    if (chance < 0.08) return this.#createBase();
    if (chance < 0.16) return this.#createDrone(disk);
    if (chance < 0.36) return this.#change(disk, 'base_stations', ['name', 'contact', 'capacity']);
    if (chance < 0.44) return this.#change(disk, 'drones', ['firmware', 'note']);
    if (chance < 0.52) return this.#createEmergency();
    if (chance < 0.6) return this.#changeEmergency(disk);
    if (chance < 0.68) return this.#createMission(disk);
    if (chance < 0.8) return this.#progress(disk, stationId);
    if (chance < 0.84) return this.#addEvent(disk);
    if (chance < 0.87) return [{ table: 'audit_log', rowId: this.#name('a'), columns: { action: 'SEEN' } }];
    if (chance < 0.97) return this.#changeZone(disk);
    return this.#remove(disk, this.#pick(['base_stations', 'drones', 'no_fly_zones']));
  }

  #createBase(): Edit[] {
    // The server refuses less than nothing; a station of another version may not know.
    const capacity = this.#random.next() < 0.1 ? -1 : 4;
    return [
      { table: 'base_stations', rowId: this.#name('b'), columns: { name: 'new', contact: 'c', capacity } },
    ];
  }

  #createDrone(disk: ModelDisk): Edit[] | null {
    const base = this.#live(disk, 'base_stations');
    if (base === null) return null;
    const columns = { firmware: '1', note: 'n', base_station_id: base };
    return [{ table: 'drones', rowId: this.#name('d'), columns }];
  }

  #change(disk: ModelDisk, table: string, columns: readonly string[]): Edit[] | null {
    const rowId = this.#live(disk, table);
    if (rowId === null) return null;
    const changed: Columns = {};
    for (const column of columns) if (this.#random.next() < 0.5) changed[column] = this.#value(column);
    return Object.keys(changed).length === 0 ? null : [{ table, rowId, columns: changed }];
  }

  #value(column: string): number | string {
    if (column === 'capacity') return this.#random.next() < 0.1 ? -1 : ++this.#count;
    return `${column}${++this.#count}`;
  }

  #createEmergency(): Edit[] {
    const columns = { state: this.#pick(REGIONS), address: 'Elm', note: '' };
    return [{ table: 'emergencies', rowId: this.#name('e'), columns }];
  }

  #changeEmergency(disk: ModelDisk): Edit[] | null {
    const rowId = this.#live(disk, 'emergencies');
    if (rowId === null) return null;
    if (this.#random.next() < 0.2)
      return [{ table: 'emergencies', rowId, columns: { state: this.#pick(REGIONS) } }];
    return this.#change(disk, 'emergencies', ['address', 'note']);
  }

  #createMission(disk: ModelDisk): Edit[] | null {
    const emergency = this.#live(disk, 'emergencies');
    if (emergency === null) return null;
    const missionId = this.#name('m');
    return [
      {
        table: 'missions',
        rowId: missionId,
        columns: { emergency_id: emergency, status: 'LAUNCHED', note: '' },
      },
      this.#event(missionId),
    ];
  }

  #progress(disk: ModelDisk, stationId: string): Edit[] | null {
    const rowId = this.#live(disk, 'missions');
    const row = rowId === null ? undefined : disk.rows.get(`missions/${rowId}`);
    if (rowId === null || row === undefined) return null;
    const rank = statusRank(row.state.columns.status ?? null);
    if (rank >= STATUSES.indexOf('COMPLETED')) return null;
    const isOwn = row.origin === stationId;
    const status = !isOwn || this.#random.next() < 0.2 ? 'ABORTED' : STATUSES[rank + 1];
    if (status === undefined) return null;
    return [{ table: 'missions', rowId, columns: { status } }, this.#event(rowId)];
  }

  #addEvent(disk: ModelDisk): Edit[] | null {
    const missionId = this.#live(disk, 'missions');
    return missionId === null ? null : [this.#event(missionId)];
  }

  #event(missionId: string): Edit {
    return {
      table: 'mission_events',
      rowId: this.#name('v'),
      columns: { mission_id: missionId, type: 'NOTED' },
    };
  }

  #changeZone(disk: ModelDisk): Edit[] | null {
    const table = 'no_fly_zones';
    const rowId = this.#random.next() < 0.3 ? null : this.#live(disk, table);
    if (rowId === null) {
      const columns = {
        zone_polygon: '40-60',
        active: true,
        altitude_restriction_meters: null,
        start_time: null,
        end_time: null,
        name: 'zone',
      };
      return [{ table, rowId: this.#name('z'), columns }];
    }
    const chance = this.#random.next();
    if (chance < 0.2) return [{ table, rowId, columns: { active: chance < 0.1 } }];
    if (chance < 0.4) return [{ table, rowId, columns: { name: `zone${++this.#count}` } }];
    const from = Math.floor(this.#random.next() * 50);
    const to = 51 + Math.floor(this.#random.next() * 49);
    return [{ table, rowId, columns: { zone_polygon: `${from}-${to}` } }];
  }

  #remove(disk: ModelDisk, table: string): Edit[] | null {
    const rowId = this.#live(disk, table);
    if (rowId === null) return null;
    const key = `${table}/${rowId}`;
    for (const [child, { state }] of disk.rows)
      if (isLive(state) && parentKey(child.slice(0, child.indexOf('/')), state.columns) === key) return null;
    return [{ table, rowId, columns: null }];
  }

  /** Some row of the table that this station has. */
  #live(disk: ModelDisk, table: string): string | null {
    const found: string[] = [];
    for (const [key, { state }] of disk.rows)
      if (key.startsWith(`${table}/`) && isLive(state)) found.push(key.slice(table.length + 1));
    return found.length === 0 ? null : this.#pick(found);
  }

  #name(prefix: string): string {
    return `${prefix}${++this.#count}`;
  }

  #pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random.next() * items.length)];
    if (item === undefined) throw new Error('Nothing to choose from');
    return item;
  }
}
