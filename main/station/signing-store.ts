import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SecretBox } from './identity/secret-box.ts';
import type { SigningStore } from './link/signing-desk.ts';
import type { Clock } from './ports/clock.ts';
import type { Store } from './store/store.ts';

const SETTING = 'signing';
const sealedKeys = z.object({
  systems: z.record(z.string(), z.object({ current: z.string().nullable(), next: z.string().nullable() })),
});
const timestamp = z.number().int().nonnegative();
const savedFloors = z.record(
  z.string(),
  z.object({ last: timestamp, streams: z.array(z.tuple([z.number().int(), timestamp])) }),
);

/**
 * Keys are in the database, sealed with the station's key: a copy of the records betrays none. Times are in a file
 * beside it, which no backup carries: records that are put back must not bring back what was used before.
 */
export function signingStore(parts: {
  store: Store;
  box: SecretBox;
  dataDirectory: string;
  clock: Clock;
}): SigningStore {
  const { store, box, clock } = parts;
  const floorsPath = join(parts.dataDirectory, 'signing-times.json');
  let sealed: z.infer<typeof sealedKeys> = { systems: {} };
  const seal = (key: Uint8Array | null, systemId: number): string | null =>
    key === null ? null : box.seal(key, ownerOf(systemId));

  return {
    async loadKeys() {
      const found = await store.read.setting({ name: SETTING });
      if (found !== null) sealed = sealedKeys.parse(found);
      return new Map(
        Object.entries(sealed.systems).map(([text, { current, next }]) => {
          const systemId = Number(text);
          const opened = [current, next].map((each) =>
            each === null ? null : box.open(each, ownerOf(systemId)),
          );
          const readable = opened.every((key, index) => key !== null || [current, next][index] === null);
          const [currentKey = null, nextKey = null] = opened;
          return [systemId, readable ? { current: currentKey, next: nextKey } : null];
        }),
      );
    },
    async saveKeys(systemId, keys) {
      const { [systemId]: _before, ...others } = sealed.systems;
      const own =
        keys === null
          ? {}
          : { [systemId]: { current: seal(keys.current, systemId), next: seal(keys.next, systemId) } };
      sealed = { systems: { ...others, ...own } };
      await store.write.saveSetting({ name: SETTING, value: sealed, nowMs: clock.nowMs() });
    },
    async loadFloors() {
      const text = await readFile(floorsPath, 'utf8').catch(() => '{}');
      // A file that a power cut left unfinished protects nothing; the minute that old frames may lag still does.
      return savedFloors.safeParse(parsed(text)).data ?? {};
    },
    async saveFloors(floors) {
      const unfinished = `${floorsPath}.new`;
      const file = await open(unfinished, 'w', 0o600);
      try {
        await file.writeFile(JSON.stringify(floors));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, floorsPath);
    },
  };
}

function ownerOf(systemId: number): string {
  return `signing key of system ${systemId}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
