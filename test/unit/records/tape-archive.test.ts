import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  directoryEntry,
  endOfArchive,
  fileEntry,
  readArchive,
  textEntry,
} from '../../../db/backup/tape-archive.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'skyrescue-tape-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function archiveOf(content: Uint8Array, size = content.length): Promise<Buffer> {
  writeFileSync(join(directory, 'source'), content);
  const file = await open(join(directory, 'source'));
  const parts: Uint8Array[] = [...directoryEntry('pg_wal'), ...textEntry('backup_label', 'LABEL\n')];
  for await (const part of fileEntry('base/1/16384', file, size)) parts.push(part);
  await file.close();
  return Buffer.concat([...parts, endOfArchive()]);
}

async function entriesOf(archive: Uint8Array, chunk: number): Promise<Map<string, Buffer | null>> {
  const found = new Map<string, Buffer | null>();
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < archive.length; start += chunk) yield archive.subarray(start, start + chunk);
  }
  await readArchive(source(), async ({ name, isDirectory }, content) => {
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part);
    found.set(name, isDirectory ? null : Buffer.concat(parts));
  });
  return found;
}

test('what is written is read back, whatever portions it comes in, and tar reads it too', async () => {
  const content = seededRandom(7).bytes(70_001);
  const archive = await archiveOf(content);
  for (const chunk of [1_000, 511, archive.length]) {
    const entries = await entriesOf(archive, chunk);
    expect([...entries.keys()]).toEqual(['pg_wal', 'backup_label', 'base/1/16384']);
    expect(entries.get('base/1/16384')?.equals(content)).toBe(true);
  }
  writeFileSync(join(directory, 'a.tar'), archive);
  execFileSync('tar', ['-xf', 'a.tar'], { cwd: directory });
  expect(readFileSync(join(directory, 'base/1/16384')).equals(content)).toBe(true);
});

test('a file that became shorter is filled with zeros, one that grew is cut', async () => {
  const shorter = (await entriesOf(await archiveOf(Buffer.from('abc'), 5), 512)).get('base/1/16384');
  expect(shorter).toEqual(Buffer.from('abc\0\0'));
  const grown = (await entriesOf(await archiveOf(Buffer.from('abcdef'), 4), 512)).get('base/1/16384');
  expect(grown).toEqual(Buffer.from('abcd'));
});

test('a name that leads out of the folder, a changed header and a cut archive are refused', async () => {
  const out = Buffer.concat([...textEntry('../evil', 'x'), endOfArchive()]);
  await expect(entriesOf(out, 512)).rejects.toThrow('damaged');
  const archive = await archiveOf(Buffer.from('abc'));
  const changed = Buffer.from(archive);
  changed[0] = (changed[0] ?? 0) ^ 1;
  await expect(entriesOf(changed, 512)).rejects.toThrow('damaged');
  await expect(entriesOf(archive.subarray(0, 1_600), 512)).rejects.toThrow('ends too early');
});
