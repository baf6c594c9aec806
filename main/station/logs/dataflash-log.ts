import { closeSync, openSync, readSync } from 'node:fs';
import { DataFlashFormat, HEADER_BYTES } from './dataflash-format.ts';
import { type LogContents, type LogSeries, typeName, UnreadableLog } from './log-contents.ts';
import { SeriesThinning } from './series-thinning.ts';

const MARKS = [0xa3, 0x95] as const;
const FMT = new DataFlashFormat(128, 'FMT', 'BBnNZ', ['Type', 'Length', 'Name', 'Format', 'Columns']);
const CHUNK_BYTES = 1 << 20;
const LONGEST_MESSAGE_BYTES = 256;
/** They describe the others. */
const BOOKKEEPING = new Set(['FMT', 'FMTU', 'UNIT', 'MULT']);
/** More than any autopilot has of a kind; a damaged log may say anything. */
const MOST_TYPES = 1_000;

type OnMessage = (format: DataFlashFormat, view: DataView, at: number) => void;

/** What a log of ArduPilot holds. Blocks its thread while it reads. */
export function dataFlashContents(path: string): LogContents {
  const counts = new Map<string, { format: DataFlashFormat; count: number }>();
  let [firstS, lastS] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const unreadableBytes = walk(path, (format, view, at) => {
    const atS = format.timeS(view, at);
    if (atS === null || BOOKKEEPING.has(format.name)) return;
    const type = typeName(format.name, format.instanceOf(view, at));
    const known = counts.get(type);
    if (known !== undefined) known.count++;
    else if (counts.size < MOST_TYPES) counts.set(type, { format, count: 1 });
    firstS = Math.min(firstS, atS);
    lastS = Math.max(lastS, atS);
  });
  const types = [...counts]
    .map(([type, { format, count }]) => ({
      type,
      count,
      fields: format.plottable().map(({ name, unit }) => ({ name, unit })),
    }))
    .filter(({ fields }) => fields.length > 0)
    .sort((one, other) => (one.type < other.type ? -1 : 1));
  const empty = counts.size === 0;
  return {
    format: 'DATAFLASH',
    firstS: empty ? 0 : firstS,
    lastS: empty ? 0 : lastS,
    types,
    unreadableBytes,
  };
}

/** Throws UnreadableLog where the log has no such type or field. */
export function dataFlashSeries(path: string, type: string, field: string, points: number): LogSeries {
  const thinning = new SeriesThinning(points);
  let unit: string | null = null;
  let found = false;
  walk(path, (format, view, at) => {
    if (!type.startsWith(format.name) || type !== typeName(format.name, format.instanceOf(view, at))) return;
    const column = format.column(field);
    const atS = format.timeS(view, at);
    if (column?.read == null || atS === null) return;
    found = true;
    unit = column.unit;
    thinning.add(atS, column.read(view, at + column.offset));
  });
  if (!found) throw new UnreadableLog(`This log holds no ${field} of ${type}. Choose another.`);
  return { unit, ...thinning.points(), samples: thinning.samples };
}

/** Calls for every whole message, in the file's order. Returns how many bytes belong to none. */
function walk(path: string, onMessage: OnMessage): number {
  const formats = new Map([[FMT.type, FMT]]);
  const describe = formatKeeper(formats);
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES + LONGEST_MESSAGE_BYTES);
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    let unreadable = 0;
    let held = 0;
    for (;;) {
      const read = readSync(file, buffer, held, CHUNK_BYTES, null);
      const end = held + read;
      let at = 0;
      while (at + HEADER_BYTES <= end) {
        const format = formatAt(buffer, at, formats);
        if (format === null) {
          at++;
          unreadable++;
          continue;
        }
        if (at + format.lengthBytes > end) break;
        describe(format, view, at);
        onMessage(format, view, at);
        at += format.lengthBytes;
      }
      held = end - at;
      if (read === 0) return unreadable + held;
      buffer.copyWithin(0, at, end);
    }
  } finally {
    closeSync(file);
  }
}

function formatAt(
  buffer: Buffer,
  at: number,
  formats: ReadonlyMap<number, DataFlashFormat>,
): DataFlashFormat | null {
  if (buffer[at] !== MARKS[0] || buffer[at + 1] !== MARKS[1]) return null;
  return formats.get(buffer[at + 2] ?? -1) ?? null;
}

/** Learns from the messages that describe others: FMT their layout, UNIT and FMTU their units. */
function formatKeeper(formats: Map<number, DataFlashFormat>): OnMessage {
  const labels = new Map<string, string>();
  return (format, view, at) => {
    if (format === FMT) {
      const names = FMT.text('Columns', view, at).split(',');
      const [type, length] = [FMT.number('Type', view, at), FMT.number('Length', view, at)];
      const made = new DataFlashFormat(
        ...([type, FMT.text('Name', view, at), FMT.text('Format', view, at), names] as const),
      );
      // A layout that does not add up would throw everything after it out of step.
      if (type !== FMT.type && made.lengthBytes === length) formats.set(type, made);
    } else if (format.name === 'UNIT') {
      labels.set(String.fromCharCode(format.number('Id', view, at)), format.text('Label', view, at));
    } else if (format.name === 'FMTU') {
      const described = formats.get(format.number('FmtType', view, at));
      for (const [index, id] of [...format.text('UnitIds', view, at)].entries()) {
        const column = described?.columns[index];
        if (column === undefined || described === undefined) continue;
        if (id === '#') described.instance = column;
        else column.unit = id === '-' ? null : (labels.get(id) ?? null);
      }
    }
  };
}
