import { DatabaseDamaged } from '../../db/refusals.ts';
import { type Connections, watchConnections } from './api/connection.ts';
import type { HostContext } from './api/implementer.ts';
import type { BackupFiles } from './backup-files.ts';
import type { PreparedRestore, Station } from './create-station.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import { createRecoveryDesk, type RecoveryDesk } from './recovery-desk.ts';

/** A station, or what is left of one whose database cannot be opened. A restore ends it and starts another. */
export interface StationLife {
  /** `hangUp` ends the connection: a page connects again, and finds the station as it is then. */
  connect(bufferedBytes: () => number, hangUp: () => void): { context: HostContext; end(): void };
  onMissionsFlying(listener: (flying: boolean) => void): void;
  markReady(sinceStartMs: number): void;
  /** Null while the station has its records. */
  recovery(): RecoveryDesk | null;
  close(): Promise<void>;
}

type Life =
  | { station: Station; connections: Connections; recovery: null }
  | { station: null; recovery: RecoveryDesk };

/** Rejects with what `open` rejects with, unless it is DatabaseDamaged: then the page leads to the backups. */
export async function startStationLife(options: {
  open: (onPrepared: (restore: PreparedRestore) => void) => Promise<Station>;
  backups: BackupFiles;
  clock: Clock;
  log: Log;
}): Promise<StationLife> {
  const { open, backups, clock, log } = options;
  const hangUps = new Set<() => void>();
  let tellFlying: ((flying: boolean) => void) | null = null;
  let readyAfterMs: number | null = null;
  let life = await begin();

  async function begin(): Promise<Life> {
    try {
      // A station that cannot start again after a restore ends the process: the rejection is nobody's to handle.
      const station = await open((restore) => void startAnew(restore));
      const { identity } = station.services;
      const { signIn: sessions, sessionsChanged } = identity;
      if (tellFlying !== null) station.onMissionsFlying(tellFlying);
      if (readyAfterMs !== null) station.markReady(readyAfterMs);
      return { station, connections: watchConnections({ sessions, sessionsChanged, clock }), recovery: null };
    } catch (error) {
      if (!(error instanceof DatabaseDamaged)) throw error;
      log.error('database-damaged');
      return {
        station: null,
        recovery: createRecoveryDesk(error.message, backups, () => void startAnew(null)),
      };
    }
  }

  async function end(): Promise<void> {
    if (life.station === null) return;
    life.connections.close();
    await life.station.close();
  }

  async function startAnew(restore: PreparedRestore | null): Promise<void> {
    await end();
    const keptAs = backups.putInPlace();
    log.info('backup-restored', { keptAs });
    life = await begin();
    if (life.station !== null && restore !== null)
      await life.station.services.audit(restore.person, 'RESTORED', restore.archive, { keptAs });
    for (const hangUp of hangUps) hangUp();
  }

  return {
    connect(bufferedBytes, hangUp) {
      hangUps.add(hangUp);
      if (life.station === null) {
        const { recovery } = life;
        return {
          context: { connection: null, services: null, recovery },
          end: () => void hangUps.delete(hangUp),
        };
      }
      const { connections, station } = life;
      const connection = connections.add(bufferedBytes);
      return {
        context: { connection, services: station.services, recovery: null },
        end() {
          hangUps.delete(hangUp);
          connections.remove(connection);
        },
      };
    },
    onMissionsFlying(listener) {
      tellFlying = listener;
      life.station?.onMissionsFlying(listener);
    },
    markReady(sinceStartMs) {
      readyAfterMs = sinceStartMs;
      life.station?.markReady(sinceStartMs);
    },
    recovery: () => life.recovery,
    close: end,
  };
}
