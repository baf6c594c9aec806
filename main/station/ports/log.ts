/**
 * One line of JSON an event. Fields carry numbers, ids and codes; never a caller's words, a phone number, an address,
 * a transcript, a password or a key.
 */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A log that writes JSON lines through `write`. */
export function jsonLinesLog(write: (line: string) => void, nowMs: () => number): Log {
  const emit = (level: string, event: string, fields: LogFields = {}): void =>
    write(JSON.stringify({ at: new Date(nowMs()).toISOString(), level, event, ...fields }));
  return {
    info: (event, fields) => emit('info', event, fields),
    warn: (event, fields) => emit('warn', event, fields),
    error: (event, fields) => emit('error', event, fields),
  };
}
