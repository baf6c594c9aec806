import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { BALLAST_FILE } from '../../../db/ballast.ts';

/**
 * The real worker on a disk that is as full as a file beside the database says: while there is a file named `full`,
 * nothing that the engine writes fits unless the ballast is gone.
 */
const { dataDirectory } = workerData as { dataDirectory: string };
const isFull = (): boolean => fs.existsSync(join(dataDirectory, 'full'));
const writeSync = fs.writeSync;
const statfsSync = fs.statfsSync;

const write: typeof fs.writeSync = (descriptor: number, ...rest: unknown[]): number => {
  const path = fs.readlinkSync(`/proc/self/fd/${descriptor}`);
  if (path.includes('/database/') && isFull() && fs.existsSync(join(dataDirectory, BALLAST_FILE)))
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  return Reflect.apply(writeSync, fs, [descriptor, ...rest]);
};
fs.writeSync = write;
fs.statfsSync = ((path: string) => {
  const real = statfsSync(path);
  return isFull() ? { ...real, bavail: 1 } : real;
}) as typeof fs.statfsSync;
syncBuiltinESMExports();

await import('../../../db/worker.ts');
