import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, ToWorker } from '../../../db/protocol.ts';

/**
 * The real worker. Beside the database it notes, a line an answer, how often the disk was synced between the call and
 * its answer.
 */
const { dataDirectory } = workerData as { dataDirectory: string };
const notes = join(dataDirectory, 'notes');
const fsyncSync = fs.fsyncSync;
let syncs = 0;
fs.fsyncSync = (descriptor) => {
  fsyncSync(descriptor);
  syncs++;
};
syncBuiltinESMExports();

if (parentPort === null) throw new Error('This is a worker thread.');
const calledAt = new Map<number, number>();
parentPort.on('message', (message: ToWorker) => {
  if (message.kind === 'calls') for (const { id } of message.calls) calledAt.set(id, syncs);
});
const postMessage = parentPort.postMessage.bind(parentPort);
parentPort.postMessage = (message: FromWorker) => {
  if (message.kind === 'answers')
    for (const { id } of message.answers) fs.appendFileSync(notes, `${syncs - (calledAt.get(id) ?? 0)}\n`);
  postMessage(message);
};

await import('../../../db/worker.ts');
