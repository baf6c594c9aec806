import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, WorkerSetup } from '../../../db/protocol.ts';

/** Instead of the real worker: opens nothing, says once that it has, and drops dead when it is asked for anything. */
const marker = join((workerData as WorkerSetup).dataDirectory, 'has-lived');
if (existsSync(marker)) process.exit(1);
writeFileSync(marker, '');
parentPort?.once('message', () => process.exit(1));
parentPort?.postMessage({ kind: 'opened', created: true, migrated: 0, openedInMs: 1 } satisfies FromWorker);
