import { writeSync } from 'node:fs';
import { Engine } from '../../db/engine.ts';
import { openDatabase } from '../../db/open-database.ts';
import { seededRandom } from '../../main/station/ports/random.ts';
import { MIGRATIONS_DIRECTORY, preparedDirectory } from '../integration/db/temporary-database.ts';
import { readSurvivors } from './crash-checker.ts';
import { CrashWorkload } from './crash-workload.ts';

/**
 * Says what is in the database in the directory given, then works with it until it is killed, and says at once what was
 * acknowledged.
 */
const [, , dataDirectory = '', seed = ''] = process.argv;
const open = await openDatabase({
  dataDirectory,
  preparedDirectory,
  migrationsDirectory: MIGRATIONS_DIRECTORY,
});
const engine = await Engine.start(open, (name, sqlState, message) => {
  throw new Error(`${name}: ${sqlState} ${message}`);
});
const workload = new CrashWorkload(engine, seededRandom(Number(seed)), (record) =>
  writeSync(1, `${JSON.stringify(record)}\n`),
);
const survivors = await readSurvivors(open.database, open.created);
writeSync(1, `${JSON.stringify({ kind: 'opened', survivors })}\n`);
await workload.prepare();
for (;;) await workload.step();
