import { Refusal } from '../../preload/contract/errors.ts';
import type { LinksOverview, ReplayStatus } from '../../preload/contract/links.ts';
import type { DroneRoster } from './fleet/drone-roster.ts';
import { createSecretBox } from './identity/secret-box.ts';
import { createSigningDesk } from './link/signing-desk.ts';
import { createLinksDesk, type LinksDesk } from './links-desk.ts';
import type { StationArguments } from './options.ts';
import type { Alerts } from './ports/alerts.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Random } from './ports/random.ts';
import type { SecretStore } from './ports/secret-store.ts';
import { createReplay, type Replay } from './replay/replay.ts';
import { shownVehicles } from './shown-vehicles.ts';
import { signingStore } from './signing-store.ts';
import type { Store } from './store/store.ts';
import { createVehicles, type Vehicles } from './vehicle/vehicle-registry.ts';
import { vehicleMemory } from './vehicle-memory-files.ts';

/** What a person may ask of links, recordings and keys. */
export interface LinkServices {
  readonly desk: Omit<LinksDesk, 'links' | 'overview' | 'close'>;
  overview(): Promise<LinksOverview>;
  openReplay(file: string): Promise<void>;
  steerReplay: Replay['steer'];
  closeReplay(): Promise<void>;
}

export interface StationLinks {
  readonly links: LinksDesk['links'];
  /** What flies now. Missions, records and alerts know no others. */
  readonly live: Vehicles;
  /** What people see and act on: in a replay its vehicles, which cannot be commanded. */
  readonly shown: Vehicles;
  readonly services: LinkServices;
  replayStatus(): ReplayStatus | null;
  /** A replay ends where the present needs the page: for a call, or a drone that is armed. */
  leaveReplay(): Promise<void>;
  close(): Promise<void>;
}

/** The field's usual port for ground stations, on every interface: drones come over the network of the base. */
const DEFAULT_LINK = 'udpin:0.0.0.0:14550';
const WATCH_MS = 500;
const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

interface Parts {
  arguments: StationArguments & { dataDirectory: string };
  store: Store;
  roster: DroneRoster;
  missionsFly: () => boolean;
  clock: Clock;
  random: Random;
  secrets: SecretStore;
  alerts: Alerts;
  log: Log;
}

/** Links, the vehicles behind them, and recordings in their place. */
export async function createStationLinks(parts: Parts): Promise<StationLinks> {
  const { clock, log } = parts;
  const desk = await openDesk({
    ...parts,
    isArmed: (systemId) => live.find(systemId)?.state().armed === true,
  });
  const memory = vehicleMemory(parts.arguments.dataDirectory, log);
  const live = createVehicles({ links: desk.links, clock, log, memory });
  const replay = createReplay<Vehicles>({
    folder: desk.folder,
    makeVehicles: (links, replayClock) => createVehicles({ links, clock: replayClock, log: silent }),
    clock,
    log,
  });

  function replayBlocked(): string | null {
    const flies = parts.missionsFly() || live.states().some(({ armed }) => armed);
    return flies
      ? 'A drone is flying or armed. Look at recordings when all are on the ground and disarmed.'
      : null;
  }
  async function leaveReplay(): Promise<void> {
    if (replay.status() === null) return;
    await replay.close();
    log.info('replay.left');
  }
  const stopWatching = clock.every(WATCH_MS, () => {
    if (replay.status() !== null && replayBlocked() !== null) void leaveReplay();
  });

  return {
    links: desk.links,
    live,
    shown: shownVehicles(live, replay),
    replayStatus: replay.status,
    leaveReplay,
    services: {
      desk,
      overview: async () => ({
        ...(await desk.overview()),
        replay: replay.status(),
        replayBlocked: replayBlocked(),
      }),
      async openReplay(file) {
        const blocked = replayBlocked();
        if (blocked !== null) throw new Refusal('CONFLICT', blocked);
        await replay.open(file);
      },
      steerReplay: replay.steer,
      closeReplay: replay.close,
    },
    async close() {
      stopWatching();
      await replay.shutDown();
      live.close();
      await desk.close();
    },
  };
}

async function openDesk(
  parts: Omit<Parts, 'missionsFly'> & { isArmed: (systemId: number) => boolean },
): Promise<LinksDesk> {
  const { store, roster, clock, random, secrets, alerts, log, isArmed } = parts;
  const { dataDirectory, links: addresses } = parts.arguments;
  const nameOf = (systemId: number): string => roster.bySystemId(systemId)?.droneId ?? `System ${systemId}`;
  const box = await createSecretBox(secrets, random);
  const keys = signingStore({ store, box, dataDirectory, clock });
  const common = { nameOf, clock, alerts, log };
  const signing = await createSigningDesk({ ...common, store: keys, isArmed, random });
  return createLinksDesk({
    ...common,
    addresses,
    defaultAddress: DEFAULT_LINK,
    dataDirectory,
    store,
    signing,
  });
}
