import { parentPort } from 'node:worker_threads';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { FromWorker, Tensors, ToWorker } from './worker-protocol.ts';

/** Runs one model, as a thread or as a process of its own: the runtime is native code that may take its process along. */

let session: InferenceSession | null = null;
/** One after the other, in the order of the messages. */
let work: Promise<void> = Promise.resolve();

const tell = (message: FromWorker): void => {
  if (parentPort !== null) parentPort.postMessage(message);
  else process.send?.(message);
};

function receive(message: ToWorker): void {
  work = work.then(() => obey(message));
}
if (parentPort !== null) parentPort.on('message', receive);
else {
  process.on('message', receive);
  // A process whose station is gone has nothing to do.
  process.on('disconnect', () => process.exit());
}

async function obey(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'load':
      return load(message.model);
    case 'run':
      return run(message.id, message.inputs);
    case 'close':
      await session?.release();
      if (parentPort !== null) parentPort.close();
      else process.disconnect();
  }
}

async function load(model: Uint8Array): Promise<void> {
  try {
    session = await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      // One core at most: the other one flies the drones.
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    tell({ kind: 'loaded' });
  } catch (error) {
    tell({ kind: 'notLoaded', message: wordsOf(error) });
  }
}

async function run(id: number, inputs: Tensors): Promise<void> {
  try {
    if (session === null) throw new Error('No model is loaded.');
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { dims, data }]) => [
        name,
        new RuntimeTensor('float32', data, dims),
      ]),
    );
    const startedMs = performance.now();
    const made = await session.run(feeds);
    const durationMs = performance.now() - startedMs;
    const outputs = Object.fromEntries(
      Object.entries(made).map(([name, tensor]) => {
        if (!(tensor.data instanceof Float32Array)) throw new Error(`${name} is not of 32-bit floats.`);
        return [name, { dims: tensor.dims, data: tensor.data }];
      }),
    );
    tell({ kind: 'result', id, outputs, durationMs });
  } catch (error) {
    tell({ kind: 'failed', id, message: wordsOf(error) });
  }
}

function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
