import { putInPlace } from '../../../db/backup/put-in-place.ts';
import { prepareRestore } from '../../../db/backup/restore-backup.ts';
import { openDatabase } from '../../../db/open-database.ts';
import { openTestStore, preparedDirectory } from '../db/temporary-database.ts';

/** Does one thing to a database and dies in the middle of it, as in a power cut: `MODE DIRECTORY STEP [FILE]`. */
const [, , mode = '', dataDirectory = '', fatalStep = '', path = ''] = process.argv;

function dieAt(step: string): void {
  if (step === fatalStep) process.kill(process.pid, 'SIGKILL');
}

if (mode === 'backup') {
  const { backUp } = await openTestStore(dataDirectory);
  await backUp({ folder: path, reason: 'ON_DEMAND' }, dieAt);
} else if (mode === 'restore') {
  const order = { dataDirectory, preparedDirectory, archivePath: path, postgresMajor: '18' };
  await prepareRestore(order, dieAt, () => process.exit(1));
  putInPlace(dataDirectory, Date.now(), dieAt);
} else {
  await openDatabase(
    { dataDirectory, preparedDirectory, migrationsDirectory: path },
    undefined,
    undefined,
    async () => void process.stdout.write('MIGRATING\n'),
  );
}
