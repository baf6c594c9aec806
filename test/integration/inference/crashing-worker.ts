import { parentPort } from 'node:worker_threads';

/** A worker that ends as native code ends a program: without a word, when the model comes. */
const end = (): never => process.exit(139);
if (parentPort !== null) parentPort.on('message', end);
else process.on('message', end);
