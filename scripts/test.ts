import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Everything that `npm test` stands for, in order; the last line counts what passed and what failed. */
const steps: { name: string; command: string; args: string[] }[] = [
  { name: 'Debian packages', command: process.execPath, args: ['scripts/check-debian-packages.ts'] },
  { name: 'build', command: 'npm', args: ['run', '--silent', 'build'] },
  { name: 'format and lint', command: 'biome', args: ['ci', '--error-on-warnings', '.'] },
  { name: 'types', command: 'tsc', args: ['-p', '.'] },
  { name: 'dependency rules', command: 'depcruise', args: ['main', 'preload', 'renderer', 'db', 'scripts'] },
  { name: 'unused code', command: 'knip', args: [] },
];
let passed = 0;
const failed: string[] = [];

for (const step of steps) {
  const { status, error } = spawnSync(step.command, step.args, { stdio: 'inherit' });
  if (status === 0) passed += 1;
  else failed.push(`${step.name}${error === undefined ? '' : `: ${error.message}`}`);
}

const reportDirectory = mkdtempSync(join(tmpdir(), 'skyrescue-tests-'));
const report = join(reportDirectory, 'report.json');
const filters = process.argv.slice(2);
const { status } = spawnSync(
  'vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters],
  {
    stdio: 'inherit',
  },
);
const counts = JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numFailedTests: number };
rmSync(reportDirectory, { recursive: true, force: true });
passed += counts.numPassedTests;
const failures =
  failed.length + counts.numFailedTests + (status !== 0 && counts.numFailedTests === 0 ? 1 : 0);
for (const name of failed) console.error(`failed: ${name}`);
console.log(`${passed} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
