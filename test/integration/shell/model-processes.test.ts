import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { ModelProcesses } from '../../../main/shell/model-processes.ts';
import { connectToShell } from '../../../main/shell/shell-client.ts';
import type { StationMessage } from '../../../main/shell/station-message.ts';
import type { StartModelProcess } from '../../../main/station/inference/model-process.ts';
import { verifyModel } from '../../../main/station/inference/verify-model.ts';
import { darknessScorer, endlessModel } from '../../support/small-models.ts';

/** What the operating system is told of the processes. */
const started = vi.hoisted(() => ({ pids: [] as number[], environments: [] as NodeJS.ProcessEnv[] }));

vi.mock('electron', async () => {
  const { MessageChannelMain } = await import('../../support/electron-stand-in/ports.ts');
  const { UtilityProcess } = await import('../../support/electron-stand-in/utility-process.ts');
  return {
    MessageChannelMain,
    utilityProcess: {
      fork(...[entry, args, options]: ConstructorParameters<typeof UtilityProcess>) {
        const child = new UtilityProcess(entry, args, options);
        if (child.pid !== undefined) started.pids.push(child.pid);
        started.environments.push(options.env);
        return child;
      },
    },
  };
});

const MODEL_PROCESS = join(import.meta.dirname, '../../../main/shell/model-process.ts');
const LIMITS = { loadWithinMs: 60_000, runWithinMs: 60_000, memoryLimitBytes: 4e9 };

/** Shell and station with nothing between them. */
function shellAndStation(entry: string): { startProcess: StartModelProcess; shell: ModelProcesses } {
  const parentPort = Object.assign(new EventEmitter(), {
    postMessage(message: StationMessage) {
      if (message.kind === 'start-model-process') shell.start(message.id);
      if (message.kind === 'kill-model-process') shell.kill(message.id);
    },
  });
  const shell = new ModelProcesses(entry, (data, ports = []) => parentPort.emit('message', { data, ports }));
  onTestFinished(() => shell.killAll());
  const { startModelProcess } = connectToShell(parentPort, {
    onPage: () => expect.fail(),
    onStop: () => expect.fail(),
  });
  return { startProcess: startModelProcess, shell };
}

afterEach(() => {
  started.pids.length = 0;
  started.environments.length = 0;
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a model is verified in a process that the shell starts, without the station’s secrets', async () => {
  vi.stubEnv('SKYRESCUE_STATION_TOKEN', 'the token of the centre');
  vi.stubEnv('PGPASSWORD', 'a password');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { startProcess } = shellAndStation(MODEL_PROCESS);
  const result = await verifyModel(darknessScorer(), 'LANDING_ZONE', null, { startProcess });
  expect(result).toMatchObject({ fault: null, outcomes: expect.arrayContaining([expect.anything()]) });
  expect(started.pids).toHaveLength(1);
  await vi.waitFor(() => expect(started.pids.some(isRunning)).toBe(false));
  const [environment = {}] = started.environments;
  expect(environment).toHaveProperty('PATH');
  expect(Object.values(environment)).not.toContain('the token of the centre');
  expect(Object.values(environment)).not.toContain('a password');
});

test('one that does not end, takes all memory or crashes is ended and refused', async () => {
  const { startProcess } = shellAndStation(MODEL_PROCESS);
  const verify = async (limits: typeof LIMITS): Promise<string | null> =>
    (await verifyModel(endlessModel(8_192, 6), 'LANDING_ZONE', null, { startProcess, limits })).fault;
  expect(await verify({ ...LIMITS, runWithinMs: 1_000 })).toBe('TIMED_OUT');
  if (process.platform === 'linux')
    expect(await verify({ ...LIMITS, memoryLimitBytes: 300e6 })).toBe('TOO_MUCH_MEMORY');
  const crashing = shellAndStation(MODEL_PROCESS);
  const verified = verifyModel(endlessModel(), 'LANDING_ZONE', null, {
    startProcess: crashing.startProcess,
    limits: LIMITS,
  });
  await vi.waitFor(() => expect(started.pids.length).toBeGreaterThan(2), 10_000);
  // As the operating system ends what native code broke.
  process.kill(started.pids.at(-1) ?? 0, 'SIGSEGV');
  expect(await verified).toMatchObject({ fault: 'CRASHED', outcomes: [] });
  await vi.waitFor(() => expect(started.pids.some(isRunning)).toBe(false));
});

test('no more than four run at once; one more is refused as one that crashed', async () => {
  const { shell, startProcess } = shellAndStation(MODEL_PROCESS);
  const events = { message: () => {}, ended: vi.fn() };
  for (let count = 0; count < 4; count++) startProcess({ ...events, ended: () => {} });
  startProcess(events);
  await vi.waitFor(() => expect(events.ended).toHaveBeenCalledOnce());
  expect(started.pids).toHaveLength(4);
  shell.killAll();
  await vi.waitFor(() => expect(started.pids.some(isRunning)).toBe(false), 10_000);
});
