import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KeptFiles } from '../../../main/station/kept-files.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skyrescue-kept-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const shown = (files: Awaited<ReturnType<KeptFiles['list']>>) =>
  files.map(({ kind, vehicle, name, sizeBytes, wholeBytes, arriving }) => ({
    ...{ kind, vehicle, name, sizeBytes, wholeBytes, arriving },
  }));

test('what was downloaded is found again after a restart, whole or in part, newest first', async () => {
  const kept = new KeptFiles(folder);
  expect(await kept.list()).toEqual([]);
  const log = kept.begin('LOG', 'Delta 1', '2026/a.BIN', 5);
  log.write(0, bytes('hello'));
  expect(shown(await kept.list())).toMatchObject([{ name: '2026_a.BIN.5.part', arriving: true }]);
  await expect(kept.remove({ kind: 'LOG', vehicle: 'Delta_1', name: '2026_a.BIN.5.part' })).rejects.toThrow(
    /being downloaded/,
  );
  kept.finished(log);
  await utimes(join(folder, 'logs/Delta_1/2026_a.BIN'), 1, 1);
  const part = kept.begin('FILE', 'Delta 1', 'b.txt', 10);
  part.write(0, bytes('four'));
  kept.brokenOff(part, 4);
  await mkdir(join(folder, 'logs/.hidden'));
  await writeFile(join(folder, 'logs/Delta_1/.secret'), '');

  const again = new KeptFiles(folder);
  const list = shown(await again.list());
  expect(list).toEqual([
    {
      kind: 'FILE',
      vehicle: 'Delta_1',
      name: 'b.txt.10.part',
      sizeBytes: 4,
      wholeBytes: 10,
      arriving: false,
    },
    { kind: 'LOG', vehicle: 'Delta_1', name: '2026_a.BIN', sizeBytes: 5, wholeBytes: 5, arriving: false },
  ]);
});

test('it is read in pieces, refused while it is not whole, and gone once it is deleted', async () => {
  const kept = new KeptFiles(folder);
  const file = kept.begin('FILE', 'Delta 1', 'b.txt', 5);
  file.write(0, bytes('hello'));
  kept.finished(file);
  const name = { kind: 'FILE', vehicle: 'Delta_1', name: 'b.txt' } as const;
  expect(await kept.piece(name, 3)).toEqual({ base64: btoa('lo'), sizeBytes: 5 });
  expect(await kept.piece(name, 99)).toEqual({ base64: '', sizeBytes: 5 });
  await kept.remove(name);
  await expect(kept.piece(name, 0)).rejects.toThrow(/no longer there/);
  await expect(kept.remove(name)).rejects.toThrow(/no longer there/);
  const part = kept.begin('FILE', 'Delta 1', 'c.txt', 9);
  part.write(0, bytes('half'));
  kept.brokenOff(part, 4);
  await expect(kept.wholePath({ ...name, name: 'c.txt.9.part' })).rejects.toThrow(/did not come whole/);
});
