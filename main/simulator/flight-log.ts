import { between, gaussian, type Random } from './random.ts';

/** One sample of an invented flight: up, along a line, down. */
interface Sample {
  readonly timeUs: number;
  readonly rollDeg: number;
  readonly pitchDeg: number;
  readonly yawDeg: number;
  readonly altitudeM: number;
  readonly voltageV: number;
  readonly currentA: number;
}

const RATE_HZ = 10;
const CLIMB_S = 10;

function* flight(seconds: number, random: Random): Generator<Sample> {
  const yawDeg = between(random, 0, 360);
  for (let step = 0; step < seconds * RATE_HZ; step++) {
    const s = step / RATE_HZ;
    const altitudeM = 50 * Math.min(1, s / CLIMB_S, Math.max(0, (seconds - s) / CLIMB_S));
    const currentA = altitudeM > 0 ? 24 + gaussian(random) : 0.8;
    yield {
      timeUs: step * (1e6 / RATE_HZ),
      rollDeg: 2 * gaussian(random),
      pitchDeg: -6 + gaussian(random),
      yawDeg: (yawDeg + gaussian(random) + 360) % 360,
      altitudeM,
      voltageV: 50.2 - (4 * s) / Math.max(60, seconds) - currentA * 0.02,
      currentA,
    };
  }
}

const FMT_TYPE = 128;
const FORMAT_SIZES: Readonly<Record<string, number>> = { B: 1, b: 1, Q: 8, f: 4, n: 4, N: 16, Z: 64 };

interface DataFlashMessage {
  readonly type: number;
  readonly name: string;
  /** A letter a column (https://ardupilot.org/dev/docs/code-overview-adding-a-new-log-message.html). */
  readonly format: string;
  readonly columns: string;
}

const FORMATS: DataFlashMessage = {
  type: FMT_TYPE,
  name: 'FMT',
  format: 'BBnNZ',
  columns: 'Type,Length,Name,Format,Columns',
};
const ATTITUDE: DataFlashMessage = {
  type: 129,
  name: 'ATT',
  format: 'Qfff',
  columns: 'TimeUS,Roll,Pitch,Yaw',
};
const POSITION: DataFlashMessage = {
  type: 130,
  name: 'POS',
  format: 'Qff',
  columns: 'TimeUS,Alt,RelHomeAlt',
};
const BATTERY: DataFlashMessage = {
  type: 131,
  name: 'BAT',
  format: 'QBff',
  columns: 'TimeUS,Inst,Volt,Curr',
};
const TEXT: DataFlashMessage = { type: 132, name: 'MSG', format: 'QZ', columns: 'TimeUS,Message' };
const UNIT: DataFlashMessage = { type: 133, name: 'UNIT', format: 'QbZ', columns: 'TimeUS,Id,Label' };
const UNITS_OF_FORMAT: DataFlashMessage = {
  type: 134,
  name: 'FMTU',
  format: 'QBNN',
  columns: 'TimeUS,FmtType,UnitIds,MultIds',
};
/** A letter a unit, a letter a column; '#' says which of several of a kind wrote. */
const UNIT_LABELS = { d: 'deg', m: 'm', v: 'V', A: 'A', s: 's' };
const UNITS: readonly (readonly [DataFlashMessage, ids: string])[] = [
  [ATTITUDE, 'sddd'],
  [POSITION, 'smm'],
  [BATTERY, 's#vA'],
];

/** A log as ArduPilot writes it: each message with two marks, its type, and its fields as the FMT messages say. */
export function dataFlashLog(seconds: number, random: Random): Buffer {
  const rows = [FORMATS, ATTITUDE, POSITION, BATTERY, TEXT, UNIT, UNITS_OF_FORMAT].map((known) =>
    row(FORMATS, [known.type, lengthOf(known.format), known.name, known.format, known.columns]),
  );
  for (const [id, label] of Object.entries(UNIT_LABELS)) rows.push(row(UNIT, [0, id.charCodeAt(0), label]));
  for (const [known, ids] of UNITS) rows.push(row(UNITS_OF_FORMAT, [0, known.type, ids, '']));
  rows.push(row(TEXT, [0, 'ArduCopter V4.6.3 (simulated)']));
  for (const sample of flight(seconds, random)) {
    const { timeUs, rollDeg, pitchDeg, yawDeg, altitudeM, voltageV, currentA } = sample;
    rows.push(row(ATTITUDE, [timeUs, rollDeg, pitchDeg, yawDeg]));
    rows.push(row(POSITION, [timeUs, altitudeM + 12, altitudeM]));
    rows.push(row(BATTERY, [timeUs, 0, voltageV, currentA]));
  }
  return Buffer.concat(rows);
}

function lengthOf(format: string): number {
  return 3 + [...format].reduce((sum, letter) => sum + (FORMAT_SIZES[letter] ?? 0), 0);
}

function row({ type, format }: DataFlashMessage, values: readonly (number | string)[]): Buffer {
  const bytes = Buffer.alloc(lengthOf(format));
  bytes.set([0xa3, 0x95, type]);
  let at = 3;
  for (const [index, letter] of [...format].entries()) {
    const value = values[index] ?? 0;
    if (typeof value === 'string') bytes.write(value, at, FORMAT_SIZES[letter] ?? 0, 'latin1');
    else if (letter === 'Q') bytes.writeBigUInt64LE(BigInt(Math.round(value)), at);
    else if (letter === 'f') bytes.writeFloatLE(value, at);
    else bytes.writeUInt8(value, at);
    at += FORMAT_SIZES[letter] ?? 0;
  }
  return bytes;
}

/** A log as PX4 writes it (https://docs.px4.io/main/en/dev_log/ulog_file_format.html), version 1. */
export function uLog(seconds: number, random: Random): Buffer {
  const head = Buffer.alloc(16);
  head.set([0x55, 0x4c, 0x6f, 0x67, 0x01, 0x12, 0x35, 0x01]);
  const parts = [
    head,
    section('B', Buffer.alloc(40)),
    section('F', Buffer.from('vehicle_attitude_euler:uint64_t timestamp;float roll;float pitch;float yaw;')),
    section('F', Buffer.from('vehicle_height:uint64_t timestamp;float relative_home;')),
    section('F', Buffer.from('battery_status:uint64_t timestamp;float voltage_v;float current_a;')),
    subscription(0, 'vehicle_attitude_euler'),
    subscription(1, 'vehicle_height'),
    subscription(2, 'battery_status'),
  ];
  for (const sample of flight(seconds, random)) {
    const { timeUs, rollDeg, pitchDeg, yawDeg, altitudeM, voltageV, currentA } = sample;
    parts.push(
      data(
        0,
        timeUs,
        [rollDeg, pitchDeg, yawDeg].map((angle) => (angle * Math.PI) / 180),
      ),
    );
    parts.push(data(1, timeUs, [altitudeM]));
    parts.push(data(2, timeUs, [voltageV, currentA]));
  }
  return Buffer.concat(parts);
}

function section(kind: string, content: Buffer): Buffer {
  const head = Buffer.alloc(3);
  head.writeUInt16LE(content.length);
  head.write(kind, 2, 'latin1');
  return Buffer.concat([head, content]);
}

function subscription(id: number, name: string): Buffer {
  const head = Buffer.alloc(3);
  head.writeUInt16LE(id, 1);
  return section('A', Buffer.concat([head, Buffer.from(name)]));
}

function data(id: number, timeUs: number, values: readonly number[]): Buffer {
  const content = Buffer.alloc(10 + 4 * values.length);
  content.writeUInt16LE(id);
  content.writeBigUInt64LE(BigInt(Math.round(timeUs)), 2);
  for (const [index, value] of values.entries()) content.writeFloatLE(value, 10 + 4 * index);
  return section('D', content);
}
