import { join } from 'node:path';
import type { StandardRPCHandlerOptions } from '@orpc/server/standard';
import type { HostContext } from './api/implementer.ts';
import { inContractWords, withUnknownCallRefused } from './api/refusals.ts';
import { router } from './api/router.ts';
import { backupFiles } from './backup-files.ts';
import { createStation } from './create-station.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { forkedModelProcess } from './inference/forked-model-process.ts';
import type { StartModelProcess } from './inference/model-process.ts';
import { keyFile } from './key-file.ts';
import type { StationArguments } from './options.ts';
import { scaledClock, systemClock } from './ports/clock.ts';
import { jsonLinesLog, type Log } from './ports/log.ts';
import { systemRandom } from './ports/random.ts';
import type { KeyStore, SecretStore } from './ports/secret-store.ts';
import { sealedKey } from './sealed-key.ts';
import { startStationLife } from './station-life.ts';
import { openTilePacks, type TilePacks } from './tiles/tile-packs.ts';

/** A station as a host runs it: real clock, real chance, files where the host says. */
export interface HostedStation {
  router: typeof router;
  /** Turns every failure into the contract's words; a host passes it to its transport's handler. */
  handlerOptions: StandardRPCHandlerOptions<HostContext>;
  log: Log;
  tiles: TilePacks;
  /** One connection of a page: the context for its calls, and what to call when it ends. `hangUp` ends it from here. */
  connect(bufferedBytes: () => number, hangUp: () => void): { context: HostContext; end(): void };
  /** What is wrong and what to do, when the database cannot be opened; null otherwise. */
  damage(): Promise<string | null>;
  /** Told at once whether missions fly, then when the first takes off and when the last is over. */
  onMissionsFlying(listener: (flying: boolean) => void): void;
  /** The page can be used now; `sinceStartMs` as the host measured it. Returns it. */
  ready(sinceStartMs: number): number;
  close(): Promise<void>;
}

export interface HostOptions {
  arguments: StationArguments & { dataDirectory: string };
  /** Where the built programs are; the database worker among them. */
  programDirectory: string;
  resourcesDirectory: string;
  version: string;
  firstAdministratorPassword: string | null;
  /** For `--central`. */
  stationToken: string | null;
  /** Takes each line of the log, instead of standard output. */
  writeLog?: (line: string) => void;
  /** How models get a process of their own; without it, plain Node is forked. */
  startModelProcess?: StartModelProcess;
  /** Of the operating system; without it, the station's key is in a file beside the database. */
  keyStore?: KeyStore;
}

/** Whoever read the log may go away, in flight too: the station flies on without it. */
function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
}

/** Whatever is wrong with the station's key is told before the database is touched. */
async function openSecrets(dataDirectory: string, keyStore: KeyStore | undefined): Promise<SecretStore> {
  const secrets = keyStore === undefined ? keyFile(dataDirectory) : sealedKey(dataDirectory, keyStore);
  await secrets.stationKey();
  return secrets;
}

export async function hostStation(options: HostOptions): Promise<HostedStation> {
  surviveClosedOutput();
  const { arguments: args, resourcesDirectory, programDirectory } = options;
  const clock = scaledClock(systemClock, args.timeScale, args.timeAnchorMs ?? undefined);
  const log = jsonLinesLog(options.writeLog ?? ((line) => process.stdout.write(`${line}\n`)), () =>
    clock.nowMs(),
  );
  const packsDirectory = await prepareDataDirectory(args.dataDirectory);
  const secrets = await openSecrets(args.dataDirectory, options.keyStore);
  const databaseResources = join(resourcesDirectory, 'database');
  const backupWorkerUrl = join(programDirectory, 'db-backup-worker.js');
  const backups = backupFiles({
    dataDirectory: args.dataDirectory,
    preparedDirectory: databaseResources,
    backupWorkerUrl,
    nowMs: () => clock.nowMs(),
  });
  const [tiles, life] = await Promise.all([
    openTilePacks([join(resourcesDirectory, 'map'), packsDirectory]),
    startStationLife({
      open: (onPrepared) =>
        createStation({
          arguments: args,
          workerUrl: join(programDirectory, 'db-worker.js'),
          backupWorkerUrl,
          backups,
          onPrepared,
          databaseResources,
          startModelProcess:
            options.startModelProcess ?? forkedModelProcess(join(programDirectory, 'inference-worker.js')),
          logWorkerUrl: join(programDirectory, 'log-worker.js'),
          modelsDirectory: join(resourcesDirectory, 'models'),
          migrationsDirectory: join(resourcesDirectory, '../db/migrations'),
          version: options.version,
          firstAdministratorPassword: options.firstAdministratorPassword,
          stationToken: options.stationToken,
          clock,
          random: systemRandom,
          secrets,
          log,
        }),
      backups,
      clock,
      log,
    }),
  ]);
  return {
    router,
    handlerOptions: {
      rootInterceptors: [withUnknownCallRefused],
      clientInterceptors: [(call) => inContractWords(call, log)],
    },
    log,
    tiles,
    connect: life.connect,
    async damage() {
      const recovery = await life.recovery()?.status();
      return recovery === undefined ? null : `${recovery.sentence}\nTo restore it: ${recovery.command}`;
    },
    onMissionsFlying: life.onMissionsFlying,
    ready(sinceStartMs) {
      life.markReady(sinceStartMs);
      return sinceStartMs;
    },
    async close() {
      await life.close();
      await tiles.close();
    },
  };
}
