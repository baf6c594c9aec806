import { join } from 'node:path';
import type { StandardRPCHandlerOptions } from '@orpc/server/standard';
import { watchConnections } from './api/connection.ts';
import type { CallContext } from './api/implementer.ts';
import { inContractWords, withUnknownCallRefused } from './api/refusals.ts';
import { router } from './api/router.ts';
import { createStation } from './create-station.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { keyFile } from './key-file.ts';
import type { StationArguments } from './options.ts';
import { scaledClock, systemClock } from './ports/clock.ts';
import { jsonLinesLog, type Log } from './ports/log.ts';
import { systemRandom } from './ports/random.ts';
import type { SecretStore } from './ports/secret-store.ts';
import { openTilePacks, type TilePacks } from './tiles/tile-packs.ts';

/** A station as a host runs it: real clock, real chance, files where the host says. */
export interface HostedStation {
  router: typeof router;
  /** Turns every failure into the contract's words; a host passes it to its transport's handler. */
  handlerOptions: StandardRPCHandlerOptions<CallContext>;
  log: Log;
  tiles: TilePacks;
  /** One connection of a page: the context for its calls, and what to call when it ends. */
  connect(bufferedBytes: () => number): { context: CallContext; end(): void };
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
  /** Where the host keeps secrets; without one, a file beside the database. */
  secrets?: SecretStore;
}

export async function hostStation(options: HostOptions): Promise<HostedStation> {
  const { arguments: args, resourcesDirectory } = options;
  const clock = scaledClock(systemClock, args.timeScale);
  const log = jsonLinesLog(
    (line) => process.stdout.write(`${line}\n`),
    () => clock.nowMs(),
  );
  const packsDirectory = await prepareDataDirectory(args.dataDirectory);
  const [tiles, station] = await Promise.all([
    openTilePacks([join(resourcesDirectory, 'map'), packsDirectory]),
    createStation({
      arguments: args,
      workerUrl: join(options.programDirectory, 'db-worker.js'),
      backupWorkerUrl: join(options.programDirectory, 'db-backup-worker.js'),
      databaseResources: join(resourcesDirectory, 'database'),
      migrationsDirectory: join(resourcesDirectory, '../db/migrations'),
      version: options.version,
      firstAdministratorPassword: options.firstAdministratorPassword,
      clock,
      random: systemRandom,
      secrets: options.secrets ?? keyFile(args.dataDirectory),
      log,
    }),
  ]);
  const { identity } = station.services;
  const connections = watchConnections({
    sessions: identity.signIn,
    sessionsChanged: identity.sessionsChanged,
    clock,
  });
  return {
    router,
    handlerOptions: {
      rootInterceptors: [withUnknownCallRefused],
      clientInterceptors: [(call) => inContractWords(call, log)],
    },
    log,
    tiles,
    connect(bufferedBytes) {
      const connection = connections.add(bufferedBytes);
      return {
        context: { connection, services: station.services },
        end: () => connections.remove(connection),
      };
    },
    onMissionsFlying: station.onMissionsFlying,
    ready(sinceStartMs) {
      station.markReady(sinceStartMs);
      return sinceStartMs;
    },
    async close() {
      connections.close();
      await station.close();
      await tiles.close();
    },
  };
}
