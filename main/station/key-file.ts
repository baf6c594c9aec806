import { randomBytes } from 'node:crypto';
import { chmod, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../preload/contract/errors.ts';
import type { SecretStore } from './ports/secret-store.ts';

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

/** The station's key in the file `station.key` beside the database, readable by its owner alone. */
export function keyFile(dataDirectory: string): SecretStore {
  const path = join(dataDirectory, 'station.key');
  let key: Promise<Uint8Array> | null = null;
  return {
    stationKey() {
      key ??= readOrMake(path);
      return key;
    },
  };
}

async function readOrMake(path: string): Promise<Uint8Array> {
  const known = await readKey(path);
  if (known !== null) return known;
  const key = randomBytes(KEY_BYTES);
  // "wx": of two that start at once, one makes the key and the other reads it.
  const file = await open(path, 'wx', OWNER_ONLY).catch((error: unknown) => {
    if (hasCode(error, 'EEXIST')) return null;
    throw unusable(path, 'cannot be written', error);
  });
  if (file === null) return (await readKey(path)) ?? key;
  try {
    await file.writeFile(`${key.toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return key;
}

/** Null: there is none yet. */
async function readKey(path: string): Promise<Uint8Array | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null;
    throw unusable(path, 'cannot be read', error);
  });
  if (text === null) return null;
  const key = Buffer.from(text.trim(), 'base64');
  if (key.byteLength !== KEY_BYTES) throw unusable(path, 'is damaged');
  await chmod(path, OWNER_ONLY);
  return key;
}

function unusable(path: string, why: string, cause?: unknown): Refusal {
  return new Refusal(
    'STORAGE_UNAVAILABLE',
    `The station's key ${path} ${why}. Put it back from a backup. Without it, move the file away: then second factors must be set up anew.`,
    { cause },
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
