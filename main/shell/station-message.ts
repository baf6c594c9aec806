/** What the station process tells and asks the shell. Everything else passes between station and page alone. */
export type StationMessage =
  | { kind: 'ready' }
  /** It cannot start, and ends; the sentence is for people. */
  | { kind: 'refused'; sentence: string }
  | { kind: 'missions-flying'; flying: boolean }
  /** Answered with `sealed` and `opened` of the same id, each once. */
  | { kind: 'seal'; id: number; secret: string }
  | { kind: 'open'; id: number; sealed: string }
  /** Answered with `model-process` when it runs, and with `model-process-ended` when it has ended. */
  | { kind: 'start-model-process'; id: number }
  | { kind: 'kill-model-process'; id: number };

/** What the shell tells the station process. */
export type ShellMessage =
  /** Close the database and end. */
  | { kind: 'stop' }
  /** With a port: a page's. */
  | { kind: 'page' }
  | { kind: 'sealed'; id: number; sealed: string | null }
  | { kind: 'opened'; id: number; opened: { secret: string; stale: boolean } | null }
  /** With a port: the process's other end. */
  | { kind: 'model-process'; id: number; pid: number | undefined }
  | { kind: 'model-process-ended'; id: number };
