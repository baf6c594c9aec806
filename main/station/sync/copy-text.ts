import type { Columns, TelemetryBatch } from '../../../db/sync/wire.ts';

type Table = Pick<TelemetryBatch, 'columns' | 'text'>;

/** COPY's text form (PostgreSQL, COPY, "Text Format"): tabs between values and feeds between lines are never in a value. */
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

export function linesOf({ text }: Pick<Table, 'text'>): string[] {
  return text.flatMap((portion) => portion.split('\n').slice(0, -1));
}

/** Only the columns that the other side knows too. */
export function withColumns({ columns, text }: Table, known: readonly string[]): Table {
  const places = columns.map((_name, place) => place).filter((place) => known.includes(columns[place] ?? ''));
  if (places.length === columns.length) return { columns, text };
  const chosen = <Value>(values: readonly Value[]): Value[] =>
    values.filter((_value, place) => places.includes(place));
  return {
    columns: chosen(columns),
    text: text.map((portion) =>
      linesOf({ text: [portion] })
        .map((line) => `${chosen(line.split('\t')).join('\t')}\n`)
        .join(''),
    ),
  };
}

/** The line as an object, every value in PostgreSQL's own text. */
export function rowOf(line: string, columns: readonly string[]): Columns {
  const values = line.split('\t');
  return Object.fromEntries(columns.map((column, place) => [column, readField(values[place] ?? '\\N')]));
}

function readField(field: string): string | null {
  return field === '\\N' ? null : field.replace(/\\(.)/g, (_all, sign: string) => ESCAPED[sign] ?? sign);
}
