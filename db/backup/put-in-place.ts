import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { forgetToken } from '../database-token.ts';
import { syncDirectory } from '../durable-fs.ts';
import { compactTime, writeDurably } from './backup-folder.ts';

const DATABASE = 'database';
/** The backup that was unpacked and opened. */
export const RESTORING = 'database.restoring';
/** Left by a first start that was interrupted; see open-database.ts. */
const UNFINISHED = 'database.unfinished';
/** Holds the name that the replaced database gets, from before the first rename until after the last. */
const JOURNAL = 'restore-journal';

export type ReplaceStep = 'ANNOUNCED' | 'SET_ASIDE' | 'IN_PLACE' | 'DONE';

/**
 * Replaces the database by what `prepareRestore` made; nobody has it open, and the caller holds the lock. The replaced
 * database stays, under the name that is returned (null: there was none). Killed at any step, the next `settleRestore`
 * leaves either the old database in place or the restored one.
 */
export function putInPlace(
  dataDirectory: string,
  nowMs: number,
  onStep: (step: ReplaceStep) => void = () => undefined,
): string | null {
  const at = (name: string): string => join(dataDirectory, name);
  rmSync(at(UNFINISHED), { force: true });
  forgetToken(dataDirectory);
  const keptAs = existsSync(at(DATABASE)) ? freeName(dataDirectory, nowMs) : null;
  writeDurably(dataDirectory, JOURNAL, keptAs ?? '');
  onStep('ANNOUNCED');
  if (keptAs !== null) renameSync(at(DATABASE), at(keptAs));
  syncDirectory(dataDirectory);
  onStep('SET_ASIDE');
  renameSync(at(RESTORING), at(DATABASE));
  syncDirectory(dataDirectory);
  onStep('IN_PLACE');
  rmSync(at(JOURNAL));
  syncDirectory(dataDirectory);
  onStep('DONE');
  return keptAs;
}

/** What an interrupted restore left: it is undone, or, when the new database is in place, finished. Holds the lock. */
export function settleRestore(dataDirectory: string): void {
  const at = (name: string): string => join(dataDirectory, name);
  if (existsSync(at(JOURNAL))) {
    const keptAs = readFileSync(at(JOURNAL), 'utf8').trim();
    if (!existsSync(at(DATABASE)) && keptAs !== '' && existsSync(at(keptAs))) {
      renameSync(at(keptAs), at(DATABASE));
      syncDirectory(dataDirectory);
    }
    rmSync(at(JOURNAL));
    syncDirectory(dataDirectory);
  }
  rmSync(at(RESTORING), { recursive: true, force: true });
}

function freeName(dataDirectory: string, nowMs: number): string {
  const base = `${DATABASE}.replaced-${compactTime(nowMs)}`;
  let name = base;
  for (let number = 2; existsSync(join(dataDirectory, name)); number++) name = `${base}-${number}`;
  return name;
}
