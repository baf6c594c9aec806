import type { LinkStatus, ReplayStatus } from '../../preload/contract/links.ts';
import type { SystemStatus } from '../../preload/contract/system.ts';
import type { Clock } from './ports/clock.ts';
import type { KeyPlace } from './ports/secret-store.ts';

const MICROSECONDS = 1e6;

/** What the station says of itself. */
export function createSystemStatus(parts: {
  stationName: string;
  version: string;
  dataDirectory: string;
  clock: Clock;
  links: { status(): LinkStatus[] };
  vehiclesHeard(): number;
  sync(): SystemStatus['sync'];
  replay(): ReplayStatus | null;
  keyPlace(): Promise<KeyPlace>;
  database(): Promise<{
    state: SystemStatus['database']['state'];
    notice: string | null;
    sizeBytes: number;
    slowQueries: number;
  }>;
}) {
  let startupMs = 0;
  return {
    stationName: parts.stationName,
    markReady(sinceStartMs: number): void {
      startupMs = sinceStartMs;
    },
    async current(): Promise<SystemStatus> {
      const { state, notice, sizeBytes, slowQueries } = await parts.database();
      const cpu = process.cpuUsage();
      return {
        stationName: parts.stationName,
        version: parts.version,
        nowMs: parts.clock.nowMs(),
        dataDirectory: parts.dataDirectory,
        links: parts.links.status(),
        vehiclesHeard: parts.vehiclesHeard(),
        replay: parts.replay(),
        database: { state, notice, sizeBytes, slowQueries },
        stationKey: await parts.keyPlace(),
        sync: parts.sync(),
        startupMs,
        rssBytes: process.memoryUsage.rss(),
        cpuSeconds: (cpu.user + cpu.system) / MICROSECONDS,
      };
    },
  };
}
