import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { FromWorker, Tensors, ToWorker } from './worker-protocol.ts';

/** Runs one model for whoever is at the other end. Returns what takes its messages; they are obeyed in their order. */
export function serveModel(
  tell: (message: FromWorker) => void,
  hangUp: () => void,
): (message: ToWorker) => void {
  let session: InferenceSession | null = null;
  let work: Promise<void> = Promise.resolve();

  async function obey(message: ToWorker): Promise<void> {
    switch (message.kind) {
      case 'load':
        try {
          session = await load(message.model);
          tell({ kind: 'loaded' });
        } catch (error) {
          tell({ kind: 'notLoaded', message: wordsOf(error) });
        }
        return;
      case 'run':
        try {
          if (session === null) throw new Error('No model is loaded.');
          tell({ kind: 'result', id: message.id, ...(await run(session, message.inputs)) });
        } catch (error) {
          tell({ kind: 'failed', id: message.id, message: wordsOf(error) });
        }
        return;
      case 'close':
        await session?.release();
        hangUp();
    }
  }
  return (message) => {
    work = work.then(() => obey(message));
  };
}

function load(model: Uint8Array): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionProviders: ['cpu'],
    // One core at most: the other one flies the drones.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
}

async function run(
  session: InferenceSession,
  inputs: Tensors,
): Promise<{ outputs: Tensors; durationMs: number }> {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { dims, data }]) => [name, new RuntimeTensor('float32', data, dims)]),
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
  return { outputs, durationMs };
}

function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
