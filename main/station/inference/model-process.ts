import { readFile } from 'node:fs/promises';
import type { FromWorker, ToWorker } from './worker-protocol.ts';

/**
 * A process that runs one model and nothing else: the runtime is native code, and a crash in it takes its process along.
 * Each host has its own way to start one.
 */
export interface ModelProcess {
  send(message: ToWorker): void;
  /** At once, whatever its native code does. */
  kill(): void;
  /** Null where it is not known. */
  residentBytes(): Promise<number | null>;
}

export interface ModelProcessEvents {
  message(message: FromWorker): void;
  /** Once, however it ended. */
  ended(): void;
}

export type StartModelProcess = (events: ModelProcessEvents) => ModelProcess;

const PAGE_BYTES = 4_096;

/** The resident set of a process; null where the system does not tell, or it has ended. */
export async function residentBytesOf(pid: number | undefined): Promise<number | null> {
  if (process.platform !== 'linux' || pid === undefined) return null;
  // proc(5): the second number of statm is the resident set in pages.
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => null);
  return statm === null ? null : Number(statm.split(' ')[1]) * PAGE_BYTES;
}
