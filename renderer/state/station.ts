import { createContext, useContext } from 'react';
import type { Zone } from '../../preload/contract/airspace.ts';
import type { Alert } from '../../preload/contract/alerts.ts';
import type { Emergency } from '../../preload/contract/emergencies.ts';
import type { FleetEntry, FleetMotion } from '../../preload/contract/fleet.ts';
import type { MissionSummary } from '../../preload/contract/missions.ts';
import type { SystemStatus } from '../../preload/contract/system.ts';
import type { Connection } from '../client/connection.ts';
import { createDetail, type DetailState } from './detail.ts';
import { followFeed, latestPerFrame } from './feed.ts';
import { createSession, type Session } from './session.ts';
import { createSettings, type SettingsStore } from './settings.ts';
import { createStore, type Readable } from './store.ts';
import { createTimeline, type TimelineState } from './timeline.ts';
import { createView, type View } from './view.ts';

/** What the station last said of itself, and when that arrived. */
export interface SystemState {
  readonly status: SystemStatus | null;
  readonly receivedAtMs: number;
}

/** Everything the page knows. One object, made once in main.tsx. */
export interface Station {
  readonly connection: Connection;
  readonly session: Session;
  readonly settings: SettingsStore;
  readonly view: View;
  readonly system: Readable<SystemState>;
  readonly fleet: Readable<readonly FleetEntry[]>;
  /** Goes to the map alone: ten values a second would make the page render ten times a second. */
  readonly motion: MotionSource;
  readonly detail: Readable<DetailState>;
  readonly missions: Readable<readonly MissionSummary[]>;
  readonly timeline: Readable<TimelineState>;
  readonly alerts: Readable<readonly Alert[]>;
  readonly zones: Readable<readonly Zone[]>;
  readonly openEmergencies: Readable<readonly Emergency[]>;
  /** The station's own time (UTC, ms): ages are reckoned by it, whatever this screen's clock says. */
  nowMs(): number;
}

export interface MotionSource {
  subscribe(listener: () => void): () => void;
  current(): FleetMotion | null;
}

/** A line without a word for this long is given up for a fresh one. The system feed speaks once a second. */
const SILENCE_LIMIT_MS = 10_000;

export function createStation(connection: Connection, tabStorage: Storage, deskStorage: Storage): Station {
  const { client } = connection;
  const session = createSession(connection, tabStorage);
  const view = createView();
  const system = createStore<SystemState>({ status: null, receivedAtMs: 0 });
  const fleet = createStore<readonly FleetEntry[]>([]);
  const motion = createStore<FleetMotion | null>(null);
  const missions = createStore<readonly MissionSummary[]>([]);
  const alerts = createStore<readonly Alert[]>([]);
  const openEmergencies = createStore<readonly Emergency[]>([]);
  const zones = createStore<readonly Zone[]>([]);
  const nowMs = (): number => {
    const { status, receivedAtMs } = system.get();
    return Date.now() + (status === null ? 0 : status.nowMs - receivedAtMs);
  };

  const { gate } = session;
  followFeed(
    gate,
    (signal) => client.system.watch(undefined, { signal }),
    (status) => system.set({ status, receivedAtMs: Date.now() }),
  );
  followFeed(gate, (signal) => client.session.watch(undefined, { signal }), session.learned, session.lapsed);
  followFeed(
    gate,
    (signal) => client.fleet.watch(undefined, { signal }),
    latestPerFrame(({ entries }) => fleet.set(entries)),
  );
  followFeed(gate, (signal) => client.fleet.motion(undefined, { signal }), motion.set);
  followFeed(
    gate,
    (signal) => client.missions.watch(undefined, { signal }),
    latestPerFrame((value) => missions.set(value.missions)),
  );
  followFeed(
    gate,
    (signal) => client.alerts.watch(undefined, { signal }),
    latestPerFrame((value) => alerts.set(value.alerts)),
  );
  followFeed(
    gate,
    (signal) => client.emergencies.watchOpen(undefined, { signal }),
    latestPerFrame((value) => openEmergencies.set(value.emergencies)),
  );
  followFeed(
    gate,
    (signal) => client.airspace.watchZones(undefined, { signal }),
    (value) => {
      if (value.kind === 'SNAPSHOT') zones.set(value.zones);
      else zones.set([...zones.get().filter((zone) => zone.zoneId !== value.zone.zoneId), value.zone]);
    },
  );

  setInterval(() => {
    const { phase, sinceMs } = connection.state.get();
    const heardAtMs = Math.max(sinceMs, system.get().receivedAtMs);
    if (phase === 'OPEN' && gate.get() !== null && Date.now() - heardAtMs > SILENCE_LIMIT_MS)
      connection.renew();
  }, 1_000);

  return {
    connection,
    session,
    settings: createSettings(deskStorage),
    view,
    system,
    fleet,
    motion: { subscribe: motion.subscribe, current: motion.get },
    detail: createDetail(client, gate, view),
    missions,
    timeline: createTimeline(client, gate, view, missions),
    alerts,
    zones,
    openEmergencies,
    nowMs,
  };
}

export const StationContext = createContext<Station | null>(null);

export function useStation(): Station {
  const station = useContext(StationContext);
  if (station === null) throw new Error('StationContext is missing around this component.');
  return station;
}
