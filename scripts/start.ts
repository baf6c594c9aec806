import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { STATION_FLAGS } from './child-programs.ts';

/** Starts the program in Electron, or under the headless host where Electron's binary is not installed. */
const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
/** Without a window, and nothing else on standard output. */
const plain = args.includes('--headless') || args.includes('--health-check');
const electron = plain ? null : electronBinary();

if (electron === null && !plain)
  console.log(
    'Electron is not installed on this machine: running the same station with the page in a browser.',
  );

const child =
  electron === null
    ? spawn(process.execPath, [...STATION_FLAGS, join(root, 'out/main/headless.js'), ...args], {
        stdio: 'inherit',
      })
    : spawn(electron, [root, ...args], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`The program could not be started: ${error.message}`);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1);
});

/** The package knows where its binary is only after it was fetched; asking it would start a download. */
function electronBinary(): string | null {
  const directory = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const pathFile = join(directory, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const binary = join(directory, 'dist', readFileSync(pathFile, 'utf8').trim());
  return existsSync(binary) ? binary : null;
}
