import type { Columns, Json } from '../../../db/sync/wire.ts';
import type { SyncConflict } from '../../../preload/contract/sync.ts';
import type { SyncConflict as StoredConflict } from './sync-store.ts';

const TABLE_WORDS: Readonly<Record<string, string>> = {
  base_stations: 'Base station',
  ai_model_versions: 'AI model version',
  no_fly_zones: 'No-fly zone',
  drones: 'Drone',
  emergencies: 'Emergency',
  missions: 'Mission',
  mission_events: 'Event of a mission',
  voice_transcripts: 'Line of a conversation',
  weather_conditions: 'Weather reading',
  audit_log: 'Audit entry',
  sync_conflicts: 'Decision of a conflict',
};

/** "No-fly zone Logan", "Drone Alpha-3"; what has no name of its own goes by the end of its id. */
export function recordInWords(table: string, rowId: string, columns: Columns | null): string {
  const words = TABLE_WORDS[table] ?? columnInWords(table);
  const name = columns?.name;
  if (typeof name === 'string' && name !== '') return `${words} ${name}`;
  return `${words} ${/^[0-9a-f-]{36}$/.test(rowId) ? `…${rowId.slice(-6)}` : rowId}`;
}

/** `altitude_restriction_meters` → "Altitude restriction meters". */
function columnInWords(column: string): string {
  const words = column.replaceAll('_', ' ').replace(/\bai\b/, 'AI');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const LONGEST_VALUE = 300;

/** A value as a person reads it; null: there is none. */
function valueInWords(value: Json | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return shortened(geographyInWords(value) ?? value);
  return shortened(typeof value === 'number' ? String(value) : JSON.stringify(value));
}

function shortened(text: string): string {
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)} …`;
}

const POINT = 1;
const LINE = 2;
const POLYGON = 3;
const HEADER_BYTES = 9;

/** Extended well-known binary in hexadecimal, little-endian with an SRID, as PostGIS writes geography. */
function geographyInWords(text: string): string | null {
  if (!/^01[0-9A-F]{6}20E6100000[0-9A-F]*$/.test(text)) return null;
  const bytes = Buffer.from(text, 'hex');
  const type = bytes.readUInt32LE(1) & 0xff;
  if (type === POINT && bytes.byteLength >= HEADER_BYTES + 16) {
    const longitudeDeg = bytes.readDoubleLE(HEADER_BYTES);
    const latitudeDeg = bytes.readDoubleLE(HEADER_BYTES + 8);
    return `${latitudeDeg.toFixed(5)}, ${longitudeDeg.toFixed(5)}`;
  }
  if (type === LINE && bytes.byteLength >= HEADER_BYTES + 4)
    return `a line of ${bytes.readUInt32LE(HEADER_BYTES)} points`;
  if (type === POLYGON && bytes.byteLength >= HEADER_BYTES + 8)
    return `an outline of ${bytes.readUInt32LE(HEADER_BYTES + 4) - 1} corners${middleOf(bytes)}`;
  return null;
}

/** Two outlines with as many corners must not look the same. */
function middleOf(bytes: Buffer): string {
  const first = HEADER_BYTES + 8;
  const count = Math.floor((bytes.byteLength - first) / 16) - 1;
  if (count < 3) return '';
  let [latitudes, longitudes] = [0, 0];
  for (let corner = 0; corner < count; corner++) {
    longitudes += bytes.readDoubleLE(first + 16 * corner);
    latitudes += bytes.readDoubleLE(first + 16 * corner + 8);
  }
  return ` around ${(latitudes / count).toFixed(4)}, ${(longitudes / count).toFixed(4)}`;
}

/** What a person can do about changes that the server did not take, by the class of its SQLSTATE (S6). */
export function whatToDo(sqlState: string): string {
  switch (sqlState.slice(0, 2)) {
    case '22':
    case '23':
      return 'Correct the record here, then try again. If it refers to a record that the centre lacks, wait for that one first.';
    case '42':
      return 'Ask the centre whether this station may change such records, then try again.';
    default:
      return 'Look at the record here and at the centre. Try again once the reason is gone, or leave it at that.';
  }
}

export function conflictInWords(conflict: StoredConflict): SyncConflict {
  const { conflictId, table, rowId, inForce, inForceStamp, otherStamp, twoFlights } = conflict;
  return {
    conflictId,
    kind: twoFlights ? 'TWO_FLIGHTS' : 'VALUES',
    about: recordInWords(table, rowId, inForce),
    fields: twoFlights ? flightFields(conflict) : versionFields(conflict),
    inForceBy: inForceStamp === null ? null : stationOfStamp(inForceStamp),
    inForceAtMs: inForceStamp === null ? null : timeOfStamp(inForceStamp),
    inForcePerson: conflict.inForceBy,
    otherBy: conflict.otherStationId,
    otherAtMs: timeOfStamp(otherStamp),
    otherPerson: conflict.otherBy,
    noticedAtMs: conflict.atMs,
  };
}

type Fields = SyncConflict['fields'];

/** Both missions with how far they had come when the second became known. */
function flightFields({ inForce, other }: StoredConflict): Fields {
  const mission = ({ mission_id: missionId }: Columns) => recordInWords('missions', String(missionId), null);
  return [
    { name: 'Mission', inForce: mission(inForce), other: mission(other) },
    { name: 'Status', inForce: valueInWords(inForce.status), other: valueInWords(other.status) },
  ];
}

function versionFields({ inForce, other, otherDeletes }: StoredConflict): Fields {
  if (otherDeletes) return [{ name: 'Record', inForce: 'kept', other: 'removed' }];
  const columns = [...new Set([...Object.keys(inForce), ...Object.keys(other)])];
  const fields = columns.map((column) => ({
    name: columnInWords(column),
    inForce: valueInWords(inForce[column]),
    other: valueInWords(other[column]),
  }));
  const isRemoved = Object.keys(inForce).length === 0;
  return isRemoved ? [{ name: 'Record', inForce: 'removed', other: 'kept' }, ...fields] : fields;
}

/** A stamp is 15 digits of milliseconds, '-', 5 digits of a counter, '-', the station's id, '~', a nonce. */
const timeOfStamp = (stamp: string): number => Number(stamp.slice(0, 15));
const stationOfStamp = (stamp: string): string => stamp.slice(22, stamp.lastIndexOf('~'));
