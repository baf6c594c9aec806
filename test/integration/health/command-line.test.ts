import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freeUdpPort, type RunningProgram, startProgram } from '../../../scripts/child-programs.ts';

const SPEED = 10;
const START = join(import.meta.dirname, '../../../scripts/start.ts');
let directory: string;
let simulator: RunningProgram | null = null;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'skyrescue-health-'));
});
afterEach(async () => {
  await simulator?.stop();
  simulator = null;
  await rm(directory, { recursive: true, force: true });
});

/** `npm start` as a process: what it printed, and how it ended. */
async function npmStart(port: number, anchor: readonly string[], args: readonly string[]) {
  const child = spawn(
    process.execPath,
    [
      ...[START, '--data-dir', directory, '--demo', '--link', `udpin:127.0.0.1:${port}`],
      ...['--time-scale', String(SPEED), ...anchor, ...args],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes) => (output.stdout += bytes));
  child.stderr.on('data', (bytes) => (output.stderr += bytes));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, ...output };
}

test('--health-check prints one JSON object, or a table, and ends with what came out', async () => {
  const port = await freeUdpPort();
  const anchor = ['--time-anchor', String(Date.now())];
  simulator = await startProgram('simulator', [
    ...['--target', `127.0.0.1:${port}`, '--drones', '2', '--speed', String(SPEED), ...anchor],
    ...['--seed', '4', '--fault', 'Alpha-3:compass-error', '--exit-with-parent'],
  ]);
  const sound = await npmStart(port, anchor, ['--health-check', 'Alpha-1', '--json']);
  const report = JSON.parse(sound.stdout);
  expect({ code: sound.code, result: report.result, sentence: report.sentence }).toMatchObject({
    ...{ code: 0, result: 'PASS' },
  });
  expect(report.items.length).toBeGreaterThan(70);
  expect(sound.stderr).toContain('Alpha-1 passes.');

  const faulty = await npmStart(port, anchor, ['--health-check', 'Alpha-3']);
  expect(faulty.code).toBe(1);
  expect(faulty.stdout).toMatch(/^FAIL/);
  expect(faulty.stderr).toMatch(/Alpha-3 fails: .*Compass/);
});

test('--health-check of a drone that is not there ends with 2 and says so', async () => {
  const port = await freeUdpPort();
  const silent = await npmStart(port, [], ['--health-check', 'Alpha-1', '--json']);
  expect(silent.code).toBe(2);
  expect(JSON.parse(silent.stdout)).toMatchObject({ drone: 'Alpha-1', result: 'NO_CONTACT', items: [] });
  expect(silent.stderr).toMatch(/not heard/);
});
