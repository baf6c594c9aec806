import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase, PREPARED_FILE, stationMigrations } from '../db/open-database.ts';
import { SPATIAL_BUNDLE_FILE } from '../db/spatial-extension.ts';
import { schemaTypes } from './schema-types.ts';
import { slimSpatialBundle } from './spatial-bundle.ts';

/**
 * Makes what a first start begins with: an empty, migrated database, packed; and the table types of the query builder.
 * Does nothing when both were made from the migrations as they are now. `--force` makes them again.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const migrationsDirectory = join(root, 'db/migrations');
const preparedDirectory = join(root, 'resources/database');
const archivePath = join(preparedDirectory, PREPARED_FILE);
const packageBundle = join(root, 'node_modules/@electric-sql/pglite-postgis/dist/postgis.tar.gz');
const fingerprintPath = join(preparedDirectory, 'prepared.sha256');

const fingerprint = sourcesFingerprint();
const isCurrent =
  existsSync(archivePath) &&
  existsSync(fingerprintPath) &&
  readFileSync(fingerprintPath, 'utf8') === fingerprint;

if (isCurrent && !process.argv.includes('--force')) console.log('The prepared database is current.');
else await build();

/** Everything that the prepared database is made from: the migrations and the engine. */
function sourcesFingerprint(): string {
  const hash = createHash('sha256');
  for (const name of ['pglite', 'pglite-postgis'])
    hash.update(readFileSync(join(root, 'node_modules/@electric-sql', name, 'package.json')));
  hash.update(readFileSync(join(root, 'scripts/spatial-bundle.ts')));
  for (const { script, sql } of stationMigrations(migrationsDirectory)) hash.update(`${script}\0${sql}\0`);
  return hash.digest('hex');
}

async function build(): Promise<void> {
  const startedMs = performance.now();
  const scratch = mkdtempSync(join(tmpdir(), 'skyrescue-database-'));
  const bundleOnly = join(scratch, 'bundle');
  const bundle = slimSpatialBundle(readFileSync(packageBundle));
  mkdirSync(bundleOnly);
  writeFileSync(join(bundleOnly, SPATIAL_BUNDLE_FILE), bundle);
  try {
    const { database } = await openDatabase({
      dataDirectory: scratch,
      preparedDirectory: bundleOnly,
      migrationsDirectory,
    });
    await database.exec('VACUUM (FREEZE, ANALYZE)');
    await database.exec('CHECKPOINT');
    writeFileSync(join(root, 'db/schema.ts'), await schemaTypes(database));
    const archive = Buffer.from(await (await database.dumpDataDir('gzip')).arrayBuffer());
    await database.close();
    mkdirSync(preparedDirectory, { recursive: true });
    writeFileSync(join(preparedDirectory, SPATIAL_BUNDLE_FILE), bundle);
    writeFileSync(`${archivePath}.new`, archive);
    renameSync(`${archivePath}.new`, archivePath);
    writeFileSync(fingerprintPath, fingerprint);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    console.log(`Prepared database: ${(archive.byteLength / 1e6).toFixed(1)} MB in ${seconds} s.`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
