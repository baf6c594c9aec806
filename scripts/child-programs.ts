import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * V8's young generation as small as it was for years: what passes through on its way to the centre would otherwise let
 * it grow by a hundred megabytes that nobody needs (`npm run bench -- sync`, backlog_added_memory). One thread clears so
 * little of it sooner than several that must be woken (`npm run bench -- mavlink`, processor time at 60,000 packets/s).
 */
export const STATION_FLAGS = ['--max-semi-space-size=16', '--no-parallel-scavenge'];

const PROGRAMS = join(import.meta.dirname, '../out/main');

export interface RunningProgram {
  child: ChildProcess;
  /** The fields of its `ready` line. */
  ready: Record<string, unknown>;
  stop(): Promise<void>;
}

/** Starts one of the built programs and waits for its `ready` line; it ends with this process at the latest. */
export async function startProgram(
  name: 'headless' | 'simulator',
  args: readonly string[],
  options: { onLine?: (line: string) => void; environment?: NodeJS.ProcessEnv } = {},
): Promise<RunningProgram> {
  const flags = name === 'headless' ? STATION_FLAGS : [];
  const child = spawn(process.execPath, [...flags, join(PROGRAMS, `${name}.js`), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...options.environment },
  });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.removeListener('exit', end));
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${name} ended with code ${code} before it was ready.`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      options.onLine?.(line);
      const fields = readyFields(line);
      if (fields !== null) resolve(fields);
    });
  });
  return {
    child,
    ready,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const kill = setTimeout(end, 10_000);
      await ended;
      clearTimeout(kill);
    },
  };
}

function readyFields(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  const fields: unknown = JSON.parse(line);
  const isReady =
    typeof fields === 'object' && fields !== null && 'event' in fields && fields.event === 'ready';
  return isReady ? { ...fields } : null;
}

/** A UDP port on loopback that was free a moment ago. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
