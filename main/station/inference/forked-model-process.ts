import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { residentBytesOf, type StartModelProcess } from './model-process.ts';
import type { FromWorker } from './worker-protocol.ts';

/** Under plain Node: `worker` is inference-worker.ts, or what it was bundled into. */
export function forkedModelProcess(worker: URL | string): StartModelProcess {
  const path = worker instanceof URL ? fileURLToPath(worker) : worker;
  return (events) => {
    // Nothing of the station's environment: its secrets are not the model's business.
    const child = fork(path, [], { env: {}, execArgv: [], serialization: 'advanced', stdio: 'ignore' });
    child.on('message', (message) => events.message(message as FromWorker));
    let over = false;
    const ended = (): void => {
      if (over) return;
      over = true;
      events.ended();
    };
    child.on('error', ended);
    child.on('exit', ended);
    return {
      // The callback takes the error of a process that has just ended; its exit tells the rest.
      send: (message) => void child.send(message, () => {}),
      kill: () => void child.kill('SIGKILL'),
      residentBytes: () => residentBytesOf(child.pid),
    };
  };
}
