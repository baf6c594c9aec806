import { systemClock } from '../../../main/station/ports/clock.ts';
import { systemRandom } from '../../../main/station/ports/random.ts';
import type { CentralTransport } from '../../../main/station/sync/central-transport.ts';
import { pgTransport } from '../../../main/station/sync/pg-transport.ts';
import { createStationStore } from '../../../main/station/sync/station-store.ts';
import { createSyncEngine, type SyncStatus } from '../../../main/station/sync/sync-engine.ts';
import {
  emergencyInput,
  missionEvent,
  newId,
  newMission,
  telemetryRow,
} from '../../integration/db/build-records.ts';
import { openTestStore, temporaryDirectory } from '../../integration/db/temporary-database.ts';
import type { CentralServer } from '../../support/central-server.ts';

/** What went over the line, and when (machine time, ms). */
export interface Meter {
  changes: number;
  telemetryRows: number;
  pulledRows: number;
  pushing: Span;
  pulling: Span;
}

export interface Span {
  firstAtMs: number | null;
  lastAtMs: number;
}

export interface BenchStation {
  readonly stationId: string;
  readonly missionId: string;
  readonly meter: Meter;
  addEvents(count: number): Promise<void>;
  /** So many changes of calls, each a transaction of its own: of every ten one is a new call, nine correct calls. */
  addEdits(count: number): Promise<void>;
  addTelemetry(count: number): Promise<void>;
  /** Connects and resolves when nothing waits any more; from then on it is disconnected again. */
  catchUp(isDone: (status: SyncStatus) => boolean): Promise<void>;
  close(): Promise<void>;
}

const AT_ONCE = 1_000;
const PATIENCE_MS = 45 * 60_000;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A station with its real database thread and its real connection through PgBouncer; `states` are those it sees. */
export async function openBenchStation(
  central: CentralServer,
  { withMission, states }: { withMission: boolean; states: readonly string[] },
): Promise<BenchStation> {
  const directory = temporaryDirectory();
  const opened = await openTestStore(directory.path);
  const { store } = opened;
  const records = createStationStore(store, systemClock);
  const { stationId, token, transport: greeted } = await central.station(states);
  await greeted.close();
  const nowMs = Date.now();
  const startedAtMs = nowMs - 60 * 60_000;
  const missionId = newId();
  if (withMission) await store.write.seedDemo({ password: 'bench', nowMs: startedAtMs });
  await records.adopt(stationId);
  if (withMission) {
    const emergencyId = newId();
    await store.write.createEmergency({ ...emergencyInput(), emergencyId, nowMs: startedAtMs });
    const events = [missionEvent({ atMs: startedAtMs })];
    await store.write.createMission(
      newMission({ missionId, emergencyId, droneId: 'Alpha-1', nowMs: startedAtMs, events }),
    );
  }
  const meter = newMeter();
  let events = 0;
  let samples = 0;

  return {
    ...{ stationId, missionId, meter },
    async addEvents(count) {
      for (let made = 0; made < count; made += AT_ONCE) {
        const group = Array.from({ length: Math.min(AT_ONCE, count - made) }, () =>
          missionEvent({
            atMs: startedAtMs + ++events,
            sentence: `The drone has passed waypoint ${events}.`,
          }),
        );
        await store.write.recordMissionProgress({ missionId, events: group, changes: {} });
      }
    },
    async addEdits(count) {
      const calls: string[] = [];
      for (let made = 0; made < count; made++) {
        const isNew = made % 10 === 0;
        const emergencyId = isNew ? newId() : (calls[(made * 7) % calls.length] ?? '');
        const call = { ...emergencyInput({ callerWords: `Correction ${made}.` }), emergencyId };
        if (isNew) await store.write.createEmergency({ ...call, nowMs: startedAtMs });
        else await store.write.updateEmergency(call);
        if (isNew) calls.push(emergencyId);
      }
    },
    async addTelemetry(count) {
      for (let made = 0; made < count; made += AT_ONCE) {
        const rows = Array.from({ length: Math.min(AT_ONCE, count - made) }, () =>
          telemetryRow(missionId, { atMs: startedAtMs + ++samples, groundSpeedMps: samples % 20 }),
        );
        await store.write.appendTelemetry({ rows });
      }
    },
    async catchUp(isDone) {
      Object.assign(meter, newMeter());
      const engine = createSyncEngine({
        store: metered(records, meter),
        transport: meteredTransport(
          pgTransport({ url: central.stationUrl, authorityPem: null, token }),
          meter,
        ),
        stationId,
        clock: systemClock,
        random: systemRandom,
        log: quiet,
      });
      await engine.start();
      const deadlineMs = performance.now() + PATIENCE_MS;
      while (!isDone(engine.status())) {
        const { fault } = engine.status();
        if (performance.now() > deadlineMs) throw new Error(`Not done: ${JSON.stringify(engine.status())}`);
        if (fault !== null && fault.kind !== 'UNREACHABLE') throw new Error(fault.sentence);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await engine.stop();
    },
    async close() {
      await opened.close();
      directory.remove();
    },
  };
}

function newMeter(): Meter {
  const unused = (): Span => ({ firstAtMs: null, lastAtMs: 0 });
  return { changes: 0, telemetryRows: 0, pulledRows: 0, pushing: unused(), pulling: unused() };
}

/** What was pulled counts when it is durable here. */
function metered(records: ReturnType<typeof createStationStore>, meter: Meter): typeof records {
  return {
    ...records,
    async applyPage(page) {
      meter.pulling.firstAtMs ??= performance.now();
      const outcome = await records.applyPage(page);
      meter.pulledRows += page.rows.length;
      if (page.rows.length > 0) meter.pulling.lastAtMs = performance.now();
      return outcome;
    },
  };
}

/** What was pushed counts when the centre has committed it. */
function meteredTransport(transport: CentralTransport, meter: Meter): CentralTransport {
  return {
    ...transport,
    async pull(input) {
      meter.pulling.firstAtMs ??= performance.now();
      return transport.pull(input);
    },
    async push(batch, epoch) {
      if (batch.groups.length > 0) meter.pushing.firstAtMs ??= performance.now();
      const answer = await transport.push(batch, epoch);
      for (const { changes } of batch.groups) meter.changes += changes.length;
      if (batch.groups.length > 0) meter.pushing.lastAtMs = performance.now();
      return answer;
    },
    async pushTelemetry(batch, epoch) {
      meter.pushing.firstAtMs ??= performance.now();
      const answer = await transport.pushTelemetry(batch, epoch);
      meter.telemetryRows += batch.rows;
      meter.pushing.lastAtMs = performance.now();
      return answer;
    },
  };
}
