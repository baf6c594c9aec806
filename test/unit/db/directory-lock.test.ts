import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDirectory } from '../../../db/directory-lock.ts';

const lockModule = new URL('../../../db/directory-lock.ts', import.meta.url).href;
let directory = '';
let path = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'skyrescue-lock-'));
  path = join(directory, 'database.lock');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a second taker in the same process is refused, and says who holds it', () => {
  const unlock = lockDirectory(path);
  expect(() => lockDirectory(path)).toThrow(`in use by process ${process.pid}.`);
  unlock();
  expect(existsSync(path)).toBe(false);
  lockDirectory(path)();
});

test('a lock is never taken from a live process, and is taken over from one that was killed', async () => {
  const holder = spawn(
    process.execPath,
    [
      '-e',
      `import('${lockModule}').then((lock) => { lock.lockDirectory('${path}'); console.log('held'); setInterval(() => {}, 1000); })`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(holder.stdout, 'data');
  expect(() => lockDirectory(path)).toThrow(`in use by process ${holder.pid}.`);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  lockDirectory(path)();
});

test('a pid that was given to another process since does not hold the lock', () => {
  writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: '1', host: hostname() }));
  const unlock = lockDirectory(path);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
  unlock();
});

test.each([
  ['of another machine', JSON.stringify({ pid: 1, startedAt: '1', host: 'another-machine' })],
  ['that is half written', '{"pid":'],
])('a lock %s is left alone', (_, text) => {
  writeFileSync(path, text);
  expect(() => lockDirectory(path)).toThrow('If there is none, delete');
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test("giving back does not take away somebody else's lock", () => {
  const unlock = lockDirectory(path);
  writeFileSync(path, 'theirs');
  unlock();
  expect(readFileSync(path, 'utf8')).toBe('theirs');
});
