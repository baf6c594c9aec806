import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { dataFlashContents, dataFlashSeries } from './dataflash-log.ts';
import { type LogAnswer, type LogQuestion, UnreadableLog } from './log-contents.ts';
import { uLogContents, uLogSeries } from './ulog-log.ts';

/** A thread for one question: however long a log is, and whatever is wrong with it, the station goes on. */
async function answer(question: LogQuestion): Promise<LogAnswer> {
  const { path } = question;
  const isULog = firstBytes(path).toString('latin1') === 'ULog';
  if (!isULog && firstBytes(path)[0] !== 0xa3)
    throw new UnreadableLog('This is neither a DataFlash log nor a ULog: it cannot be shown.');
  if (question.kind === 'CONTENTS')
    return { kind: 'CONTENTS', contents: isULog ? await uLogContents(path) : dataFlashContents(path) };
  const { type, field, points } = question;
  const series = isULog
    ? await uLogSeries(path, type, field, points)
    : dataFlashSeries(path, type, field, points);
  return { kind: 'SERIES', series };
}

function firstBytes(path: string): Buffer {
  const bytes = Buffer.alloc(4);
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes);
    return bytes;
  } finally {
    closeSync(file);
  }
}

try {
  parentPort?.postMessage(await answer(workerData as LogQuestion));
} catch (error) {
  const sentence =
    error instanceof UnreadableLog ? error.message : 'The log cannot be read. Download it again.';
  parentPort?.postMessage({ kind: 'REFUSED', sentence } satisfies LogAnswer);
}
