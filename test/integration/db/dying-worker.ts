import { parentPort } from 'node:worker_threads';

/** The real worker, which drops dead when it is asked for a telemetry count. */
parentPort?.on('message', (message: { kind: string; name?: string }) => {
  if (message.name === 'telemetryCount') process.exit(1);
});

await import('../../../db/worker.ts');
