interface Letter {
  readonly sizeBytes: number;
  /** Absent: no number. */
  readonly read?: (view: DataView, at: number) => number;
}

const text = (sizeBytes: number): Letter => ({ sizeBytes });

/** https://ardupilot.org/dev/docs/code-overview-adding-a-new-log-message.html (format types). */
const LETTERS: Readonly<Record<string, Letter>> = {
  a: text(64),
  b: { sizeBytes: 1, read: (view, at) => view.getInt8(at) },
  B: { sizeBytes: 1, read: (view, at) => view.getUint8(at) },
  h: { sizeBytes: 2, read: (view, at) => view.getInt16(at, true) },
  H: { sizeBytes: 2, read: (view, at) => view.getUint16(at, true) },
  i: { sizeBytes: 4, read: (view, at) => view.getInt32(at, true) },
  I: { sizeBytes: 4, read: (view, at) => view.getUint32(at, true) },
  f: { sizeBytes: 4, read: (view, at) => view.getFloat32(at, true) },
  d: { sizeBytes: 8, read: (view, at) => view.getFloat64(at, true) },
  g: { sizeBytes: 2, read: (view, at) => view.getFloat16(at, true) },
  n: text(4),
  N: text(16),
  Z: text(64),
  c: { sizeBytes: 2, read: (view, at) => view.getInt16(at, true) / 100 },
  C: { sizeBytes: 2, read: (view, at) => view.getUint16(at, true) / 100 },
  e: { sizeBytes: 4, read: (view, at) => view.getInt32(at, true) / 100 },
  E: { sizeBytes: 4, read: (view, at) => view.getUint32(at, true) / 100 },
  L: { sizeBytes: 4, read: (view, at) => view.getInt32(at, true) / 1e7 },
  M: { sizeBytes: 1, read: (view, at) => view.getUint8(at) },
  q: { sizeBytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  Q: { sizeBytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
};

export const HEADER_BYTES = 3;
const INSTANCE_NAMES = new Set(['I', 'Inst', 'Instance']);

export interface Column {
  readonly name: string;
  /** From the beginning of the message. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly read: ((view: DataView, at: number) => number) | null;
  unit: string | null;
}

/** One kind of message, as its FMT message says. */
export class DataFlashFormat {
  readonly type: number;
  readonly name: string;
  readonly lengthBytes: number;
  readonly columns: readonly Column[];
  /** Says which of several of a kind wrote. */
  instance: Column | null;
  readonly #time: { column: Column; perSecond: number } | null;

  constructor(type: number, name: string, letters: string, names: readonly string[]) {
    let offset = HEADER_BYTES;
    const columns: Column[] = [];
    for (const [index, letter] of [...letters].entries()) {
      const known = LETTERS[letter];
      if (known === undefined) break;
      const { sizeBytes, read = null } = known;
      columns.push({ name: names[index] ?? `${index}`, offset, sizeBytes, read, unit: null });
      offset += sizeBytes;
    }
    this.type = type;
    this.name = name;
    this.columns = columns;
    this.lengthBytes = columns.length === letters.length ? offset : 0;
    this.instance = columns.find((column) => INSTANCE_NAMES.has(column.name)) ?? null;
    const micro = columns.find((column) => column.name === 'TimeUS');
    const milli = columns.find((column) => column.name === 'TimeMS');
    const time = micro ?? milli;
    this.#time = time === undefined ? null : { column: time, perSecond: time === micro ? 1e6 : 1e3 };
  }

  /** Seconds since the autopilot started; null: it carries no time. */
  timeS(view: DataView, at: number): number | null {
    if (this.#time === null) return null;
    const { column, perSecond } = this.#time;
    return (column.read?.(view, at + column.offset) ?? 0) / perSecond;
  }

  instanceOf(view: DataView, at: number): number | null {
    const { instance } = this;
    return instance?.read == null ? null : instance.read(view, at + instance.offset);
  }

  number(name: string, view: DataView, at: number): number {
    const column = this.column(name);
    return column?.read == null ? Number.NaN : column.read(view, at + column.offset);
  }

  text(name: string, view: DataView, at: number): string {
    const column = this.column(name);
    if (column === undefined) return '';
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at + column.offset, column.sizeBytes);
    return Buffer.from(bytes).toString('latin1').split('\0', 1)[0] ?? '';
  }

  column(name: string): Column | undefined {
    return this.columns.find((column) => column.name === name);
  }

  /** What a chart can show: numbers that are neither the time nor the instance. */
  plottable(): Column[] {
    return this.columns.filter(
      (column) => column.read !== null && column !== this.#time?.column && column !== this.instance,
    );
  }
}
