import { Worker } from 'node:worker_threads';
import { Refusal } from '../../../preload/contract/errors.ts';
import type { LogAnswer, LogContents, LogQuestion, LogSeries } from './log-contents.ts';

/** Less than the page waits for an answer. */
const ANSWER_WITHIN_MS = 25_000;
const MOST_WAITING = 8;
const MEMORY_LIMIT_MB = 1_024;
const SERIES_POINTS = 4_000;

/** Reads downloaded logs, one question at a time, each in a thread of its own that is ended when it takes too long. */
export class LogReader {
  readonly #workerUrl: string | URL;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param workerUrl log-worker.ts, or what it was bundled into */
  constructor(workerUrl: string | URL) {
    this.#workerUrl = workerUrl;
  }

  /** Refuses (INVALID_INPUT) a file that is no log. */
  async contents(path: string): Promise<LogContents> {
    const answer = await this.#ask({ kind: 'CONTENTS', path });
    if (answer.kind !== 'CONTENTS') throw unreadable(answer);
    return answer.contents;
  }

  /** At most 4,000 points: of every stretch the lowest and the highest. Refuses (INVALID_INPUT) what is not in it. */
  async series(path: string, type: string, field: string): Promise<LogSeries> {
    const answer = await this.#ask({ kind: 'SERIES', path, type, field, points: SERIES_POINTS });
    if (answer.kind !== 'SERIES') throw unreadable(answer);
    return answer.series;
  }

  #ask(question: LogQuestion): Promise<LogAnswer> {
    if (this.#waiting >= MOST_WAITING)
      throw new Refusal('CONFLICT', 'Other logs are being read. Wait a moment, then try again.');
    this.#waiting++;
    const answer = this.#last.then(() => askWorker(this.#workerUrl, question));
    this.#last = answer.catch(() => undefined).finally(() => void this.#waiting--);
    return answer;
  }
}

function askWorker(workerUrl: string | URL, question: LogQuestion): Promise<LogAnswer> {
  return new Promise((resolve) => {
    const worker = new Worker(workerUrl, {
      workerData: question,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_LIMIT_MB },
    });
    const settle = (answer: LogAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
      void worker.terminate();
    };
    const refuse = (sentence: string) => (): void => settle({ kind: 'REFUSED', sentence });
    const timer = setTimeout(
      refuse('The log is too long to be read here. Open it elsewhere.'),
      ANSWER_WITHIN_MS,
    );
    worker.once('message', settle);
    worker.once('error', refuse('The log cannot be read here. Open it elsewhere.'));
    worker.once('exit', refuse('The log cannot be read here. Open it elsewhere.'));
  });
}

function unreadable(answer: LogAnswer): Refusal {
  return new Refusal(
    'INVALID_INPUT',
    answer.kind === 'REFUSED' ? answer.sentence : 'The log cannot be read.',
  );
}
