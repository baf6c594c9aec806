import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { Refusal } from '../preload/contract/errors.ts';

interface Holder {
  pid: number;
  /** Tells a process from a later one that was given the same pid. */
  startedAt: string;
  host: string;
}

/**
 * Makes this process the only one that may open the database: two at once lose rows without a sign. The lock is a file
 * at `path`, beside the database. It is taken over only from a process that is known to be gone. Throws
 * STORAGE_UNAVAILABLE while somebody else holds it. Returns the function that gives it back.
 */
export function lockDirectory(path: string): () => void {
  const startedAt = processStart(process.pid);
  if (startedAt === null) throw new Error('The start time of this process cannot be read.');
  const own = JSON.stringify({ pid: process.pid, startedAt, host: hostname() } satisfies Holder);
  if (!create(path, own)) {
    removeIfAbandoned(path);
    if (!create(path, own)) throw held(path);
  }
  return () => {
    if (readText(path) === own) unlinkSync(path);
  };
}

function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx', flush: true });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function removeIfAbandoned(path: string): void {
  const text = readText(path);
  if (text === null) return;
  if (!isAbandoned(text)) throw held(path);
  // Another process may be taking over at this moment: take the file aside first, and look whether it is the one that
  // was judged. If it is somebody's fresh lock, give it back.
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const isTheOneJudged = readText(aside) === text;
  if (!isTheOneJudged) linkSync(aside, path);
  unlinkSync(aside);
  if (!isTheOneJudged) throw held(path);
}

function isAbandoned(text: string): boolean {
  // Empty: its maker died between making and filling it, or is doing so now. The next start decides.
  const holder = parseHolder(text);
  if (holder === null || holder.host !== hostname()) return false;
  return processStart(holder.pid) !== holder.startedAt;
}

function parseHolder(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { pid, startedAt, host } = value as Partial<Record<keyof Holder, unknown>>;
    return typeof pid === 'number' && typeof startedAt === 'string' && typeof host === 'string'
      ? { pid, startedAt, host }
      : null;
  } catch {
    return null;
  }
}

/** When the process started, in the system's own words; null: there is no such process. */
function processStart(pid: number): string | null {
  try {
    if (process.platform === 'linux') {
      const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name, in brackets, may itself hold spaces and brackets: fields count from its end. The 22nd is the start.
      const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? null : (fields[19] ?? null);
    }
    const [command, ...parameters] =
      process.platform === 'win32'
        ? ['powershell', '-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.Ticks`]
        : ['ps', '-o', 'lstart=', '-p', String(pid)];
    return execFileSync(command ?? '', parameters, { encoding: 'utf8', stdio: 'pipe' }).trim() || null;
  } catch {
    return null;
  }
}

function held(path: string): Refusal {
  const holder = parseHolder(readText(path) ?? '');
  const who =
    holder === null
      ? 'another program'
      : `process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`}`;
  return new Refusal(
    'STORAGE_UNAVAILABLE',
    `The database is in use by ${who}. Close the other ground control first. If there is none, delete ${path} and start again.`,
  );
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
