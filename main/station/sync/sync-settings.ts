import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Refusal } from '../../../preload/contract/errors.ts';

/** How this station reaches the centre. Addresses may carry a password; none of this is ever logged or sent to a page. */
export interface SyncSettings {
  readonly serverUrl: string;
  readonly stationId: string;
  readonly token: string;
  /** File in PEM form at the station; null: the system's authorities. */
  readonly authorityFile: string | null;
  readonly redisUrl: string | null;
}

export interface SyncSettingsFile {
  /** Null: this station was never connected. Refuses (STORAGE_UNAVAILABLE) what it cannot read or open. */
  read(): Promise<SyncSettings | null>;
  write(settings: SyncSettings): Promise<void>;
}

/** What seals secrets with the station's key, which is in the system's key store or in a file of its own. */
export interface Seal {
  seal(secret: Uint8Array, owner: string): string;
  open(sealed: string, owner: string): Uint8Array | null;
}

const OWNER_ONLY = 0o600;
const SEALED_FOR = 'central sync';
const form = z.object({ sealed: z.string() });
const contents = z.object({
  serverUrl: z.string(),
  stationId: z.string(),
  token: z.string(),
  authorityFile: z.string().nullable(),
  redisUrl: z.string().nullable(),
});

/** In the file `sync.json` beside the database: never in the records, so that no backup and no copy carries the token. */
export function syncSettingsFile(dataDirectory: string, seal: Seal): SyncSettingsFile {
  const path = join(dataDirectory, 'sync.json');
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw unusable(path, error);
      });
      if (text === null) return null;
      try {
        const opened = seal.open(form.parse(JSON.parse(text)).sealed, SEALED_FOR);
        if (opened === null) throw new Error('sealed with another key');
        return contents.parse(JSON.parse(Buffer.from(opened).toString('utf8')));
      } catch (error) {
        throw unusable(path, error);
      }
    },
    async write(settings) {
      const sealed = seal.seal(Buffer.from(JSON.stringify(settings)), SEALED_FOR);
      const unfinished = `${path}.new`;
      await writeFile(unfinished, `${JSON.stringify({ sealed })}\n`, { mode: OWNER_ONLY, flush: true });
      await chmod(unfinished, OWNER_ONLY);
      await rename(unfinished, path);
    },
  };
}

function unusable(path: string, cause: unknown): Refusal {
  return new Refusal(
    'STORAGE_UNAVAILABLE',
    `How this station reaches the centre (${path}) cannot be read. Everything else goes on. Enter it again under System, Sync.`,
    { cause },
  );
}

/** The host and port of an address: what may be shown. Null: it is no address of these schemes. */
export function shownAddress(url: string, ...schemes: readonly string[]): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, host, pathname } = new URL(url);
  return schemes.includes(protocol) && host !== ''
    ? `${protocol}//${host}${pathname === '/' ? '' : pathname}`
    : null;
}
