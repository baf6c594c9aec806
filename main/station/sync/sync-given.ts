import { readFile } from 'node:fs/promises';
import { Refusal } from '../../../preload/contract/errors.ts';
import { type SyncSettings, shownAddress } from './sync-settings.ts';

/** What a person typed, or left as it was shown. */
export interface SyncInput {
  serverUrl: string;
  stationId: string;
  token?: string | undefined;
  authorityFile: string;
  redisUrl?: string | undefined;
}

export const POSTGRES_SCHEMES = ['postgres:', 'postgresql:'];
export const REDIS_SCHEMES = ['redis:', 'rediss:'];

/** An address that is as it was shown keeps what was not shown of it. Refuses (INVALID_INPUT) what is no address. */
export function settingsOf(input: SyncInput, known: SyncSettings | null): SyncSettings {
  const serverUrl = kept(input.serverUrl, known?.serverUrl ?? null, POSTGRES_SCHEMES);
  if (shownAddress(serverUrl, ...POSTGRES_SCHEMES) === null)
    throw new Refusal(
      'INVALID_INPUT',
      'This is no address of a PostgreSQL server. Write it like postgres://centre.example:6432/skyrescue.',
    );
  const redisUrl = redisUrlOf(input.redisUrl, known?.redisUrl ?? null);
  if (redisUrl !== null && shownAddress(redisUrl, ...REDIS_SCHEMES) === null)
    throw new Refusal(
      'INVALID_INPUT',
      'This is no address of a Redis server. Write it like rediss://centre.example:6379, or leave it empty.',
    );
  const token = input.token ?? known?.token ?? '';
  if (token === '')
    throw new Refusal('INVALID_INPUT', 'Enter the token that the centre printed for this station.');
  const authorityFile = input.authorityFile === '' ? null : input.authorityFile;
  return { serverUrl, stationId: input.stationId, token, authorityFile, redisUrl };
}

/** Left out: as it was; empty: none. */
function redisUrlOf(typed: string | undefined, known: string | null): string | null {
  if (typed === undefined) return known;
  return typed === '' ? null : kept(typed, known, REDIS_SCHEMES);
}

function kept(typed: string, known: string | null, schemes: readonly string[]): string {
  return known !== null && shownAddress(known, ...schemes) === typed ? known : typed;
}

/** The file's text; null: the system's authorities. Refuses (INVALID_INPUT) a file that holds none. */
export async function readAuthority(file: string | null): Promise<string | null> {
  if (file === null) return null;
  const text = await readFile(file, 'utf8').catch(() => '');
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new Refusal(
      'INVALID_INPUT',
      `The file of the certificate authority (${file}) cannot be read or holds no certificate. Give its whole path at the station.`,
    );
  return text;
}
