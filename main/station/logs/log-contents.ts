export interface LogField {
  readonly name: string;
  /** As the log says; null: it does not say. */
  readonly unit: string | null;
}

export interface LogMessageType {
  /** "ATT", or "BAT[1]" where several of a kind wrote. */
  readonly type: string;
  readonly count: number;
  /** Those that are numbers. */
  readonly fields: readonly LogField[];
}

export interface LogContents {
  readonly format: 'DATAFLASH' | 'ULOG';
  readonly firstS: number;
  readonly lastS: number;
  readonly types: readonly LogMessageType[];
  /** Bytes that are no message: a log that was damaged, or cut off while it was written. */
  readonly unreadableBytes: number;
}

/** Times in seconds since the autopilot started. */
export interface LogSeries {
  readonly unit: string | null;
  readonly seconds: readonly number[];
  readonly values: readonly number[];
  /** How many values the log holds of it: more than are given here where they were thinned out. */
  readonly samples: number;
}

export type LogQuestion =
  | { readonly kind: 'CONTENTS'; readonly path: string }
  | {
      readonly kind: 'SERIES';
      readonly path: string;
      readonly type: string;
      readonly field: string;
      readonly points: number;
    };

export type LogAnswer =
  | { readonly kind: 'CONTENTS'; readonly contents: LogContents }
  | { readonly kind: 'SERIES'; readonly series: LogSeries }
  | { readonly kind: 'REFUSED'; readonly sentence: string };

/** The log is not what it should be: told in words. */
export class UnreadableLog extends Error {
  override readonly name = 'UnreadableLog';
}

export function typeName(name: string, instance: number | null): string {
  return instance === null ? name : `${name}[${instance}]`;
}
