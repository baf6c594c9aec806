import type { MissionSummary } from '../preload/contract/missions.ts';
import type { SyncStatus } from '../preload/contract/sync.ts';
import { connectAsAdministrator } from './central-database.ts';
import { assessUntilGo, callAt, followUntilOver, takeCall } from './rescue.ts';
import { firstOf, type StationClient } from './station-client.ts';
import type { DemoStation, TwoStations } from './two-stations.ts';

export interface TwoStationFigures {
  /** The rescue that North flew while its cable was pulled. */
  offlineStatus: string;
  offlineEvents: number;
  /** How many changes North had to send when the cable came back. */
  waitedToSend: number;
  convergedMs: number;
  southSawStatus: string;
  southSawEvents: number;
  /** From North's launch until South saw the mission, and until it saw the drone move. */
  launchSeenMs: number;
  liveSeenMs: number;
  /** Whose the drone is at the centre while it flies. */
  leasedTo: string;
  southCommandRefused: string;
  southLaunchRefused: string;
  southGoNoGo: string;
  abortSeenMs: number;
  abortedStatus: string;
  waitingAtEnd: number;
}

const NEAR_NORTH = { latitudeDeg: 42.3572, longitudeDeg: -71.0632 };
const NEAR_NORTH_TOO = { latitudeDeg: 42.3535, longitudeDeg: -71.0625 };
export const PATIENCE_MS = 60_000;

/** What two people at two stations would see: a rescue without a network, and a flight with one. */
export async function flyWithTwoStations(
  { north, south, central }: TwoStations,
  speed: number,
  onProgress: (sentence: string) => void,
): Promise<TwoStationFigures> {
  await Promise.all([inStep(north), inStep(south)]);
  await seesDrones(north, 'south', ['South-1', 'South-2']);
  await seesDrones(south, 'north', ['Alpha-1', 'Delta-1']);
  onProgress('Both stations are connected and see each other’s drones.');

  north.network.cut();
  await firstOf(north.client.sync.watch(), isOffline, PATIENCE_MS, 'North knows that it is offline');
  onProgress('North’s cable is pulled. It flies a rescue.');
  const offline = await launchNear(north.client, NEAR_NORTH, speed);
  const flown = await followUntilOver(north.client, offline.missionId, speed);
  const waitedToSend = (await statusOf(north.client)).waiting.changes;
  const events = await eventsOf(north.client, offline.missionId);

  const joinedAtMs = performance.now();
  north.network.join();
  await north.client.sync.syncNow();
  await inStep(north);
  const copy = await sameMission(south.client, offline.missionId, flown.status, events.length);
  const convergedMs = performance.now() - joinedAtMs;
  onProgress('The cable is back. South has the whole rescue.');

  const launchedAtMs = performance.now();
  const launched = await launchNear(north.client, NEAR_NORTH_TOO, speed);
  await watchMission(south.client, launched.missionId, () => true, 'South sees the mission');
  const launchSeenMs = performance.now() - launchedAtMs;
  await seesFlying(south.client, launched.droneId);
  const liveSeenMs = performance.now() - launchedAtMs;
  onProgress(`South sees ${launched.droneId} fly.`);
  const leasedTo = await holderOf(central.administratorUrl, launched.droneId);
  const refused = await tryFromSouth(south.client, launched);

  await north.client.missions.abort({ missionId: launched.missionId, reason: 'The ambulance was faster' });
  const abortedAtMs = performance.now();
  const aborted = await watchMission(south.client, launched.missionId, isAborted, 'South sees the abort');
  const abortSeenMs = performance.now() - abortedAtMs;
  await followUntilOver(north.client, launched.missionId, speed);
  await Promise.all([inStep(north), inStep(south)]);
  return {
    offlineStatus: flown.status,
    offlineEvents: events.length,
    waitedToSend,
    convergedMs: Math.round(convergedMs),
    southSawStatus: copy.status,
    southSawEvents: copy.events,
    launchSeenMs: Math.round(launchSeenMs),
    liveSeenMs: Math.round(liveSeenMs),
    leasedTo,
    ...refused,
    abortSeenMs: Math.round(abortSeenMs),
    abortedStatus: aborted.status,
    waitingAtEnd:
      (await statusOf(north.client)).waiting.changes + (await statusOf(south.client)).waiting.changes,
  };
}

/** What is off; empty when everything was as it has to be. */
export function complaintsAboutTwo(figures: TwoStationFigures): string[] {
  const complaints: string[] = [];
  const demand = (holds: boolean, sentence: string): void => void (holds || complaints.push(sentence));
  demand(
    figures.offlineStatus === 'COMPLETED',
    `The rescue without a network ended ${figures.offlineStatus}.`,
  );
  demand(figures.waitedToSend > 0, 'Nothing waited to be sent although the cable was pulled.');
  demand(figures.southSawStatus === figures.offlineStatus, 'South has another status of the rescue.');
  demand(figures.southSawEvents === figures.offlineEvents, 'South lacks events of the rescue.');
  demand(figures.leasedTo === 'north', 'The centre does not hold North’s drone for North.');
  demand(
    figures.southCommandRefused.includes('north flies this mission'),
    'South could command North’s drone.',
  );
  demand(figures.southLaunchRefused.includes('north'), 'South could launch the drone that North flies.');
  demand(
    figures.southGoNoGo.includes('north flies it'),
    'South’s go/no-go does not say who flies the drone.',
  );
  demand(figures.abortedStatus === 'ABORTED', 'South did not see the abort.');
  demand(figures.waitingAtEnd === 0, 'Changes still wait at the end.');
  return complaints;
}

async function launchNear(
  client: StationClient,
  position: typeof NEAR_NORTH,
  speed: number,
): Promise<MissionSummary> {
  const { emergencyId } = await takeCall(client, callAt('Beacon Street', position));
  const { decisionId, droneId } = await assessUntilGo(client, emergencyId, [], speed);
  return client.dispatch.launch({ decisionId, droneId });
}

/** S14, from South: the mission is not its own to command, and the drone not its own to launch. */
async function tryFromSouth(client: StationClient, { missionId, droneId }: MissionSummary) {
  const southCommandRefused = await sentenceOf(
    client.missions.abort({ missionId, reason: 'Tried from South' }),
  );
  const { emergencyId } = await takeCall(client, callAt('Tremont Street', NEAR_NORTH));
  const decision = await client.dispatch.assess({ emergencyId });
  const check = decision.candidates
    .find((candidate) => candidate.droneId === droneId)
    ?.checks.find(({ id }) => id === 'OCCUPIED');
  const { decisionId } = decision;
  const southLaunchRefused = await sentenceOf(client.dispatch.launch({ decisionId, droneId }));
  await client.emergencies.close({ emergencyId, reason: 'OTHER', note: 'Only tried' });
  return { southCommandRefused, southLaunchRefused, southGoNoGo: check?.sentence ?? '' };
}

/** The station that has the drone's lease; '' if none has. */
async function holderOf(administratorUrl: string, droneId: string): Promise<string> {
  const client = await connectAsAdministrator(administratorUrl, null);
  try {
    const { rows } = await client.query<{ station: string }>(
      'SELECT station_id AS station FROM sync.leases WHERE drone_id = $1 AND until > now()',
      [droneId],
    );
    return rows[0]?.station ?? '';
  } finally {
    await client.end();
  }
}

async function sentenceOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function statusOf(client: StationClient): Promise<SyncStatus> {
  return firstOf(client.sync.watch(), () => true, PATIENCE_MS, 'the station says how its sync is');
}

export async function inStep({ client, stationId }: DemoStation): Promise<void> {
  const done = ({ phase, waiting }: SyncStatus): boolean => phase === 'UP_TO_DATE' && waiting.changes === 0;
  await firstOf(client.sync.watch(), done, PATIENCE_MS, `${stationId} has sent and received everything`);
}

export const isOffline = ({ phase }: SyncStatus): boolean => phase === 'OFFLINE';
const isAborted = ({ status }: MissionSummary): boolean => status === 'ABORTED';

async function seesDrones(
  { client, stationId }: DemoStation,
  of: string,
  droneIds: readonly string[],
): Promise<void> {
  await firstOf(
    client.fleet.watch(),
    ({ entries }) =>
      droneIds.every((droneId) =>
        entries.some(({ key, remoteStationId }) => key === droneId && remoteStationId === of),
      ),
    PATIENCE_MS,
    `${stationId} sees the drones of ${of}`,
  );
}

async function seesFlying(client: StationClient, droneId: string): Promise<void> {
  const places = new Set<string>();
  await firstOf(
    client.fleet.motion(),
    ({ keys, values }) => {
      const at = keys.indexOf(droneId);
      if (at >= 0) places.add(values.slice(at * 7, at * 7 + 3).join());
      return places.size >= 3;
    },
    PATIENCE_MS,
    `South sees ${droneId} move`,
  );
}

async function watchMission(
  client: StationClient,
  missionId: string,
  wanted: (mission: MissionSummary) => boolean,
  what: string,
): Promise<MissionSummary> {
  let found: MissionSummary | undefined;
  await firstOf(
    client.missions.watch(),
    ({ missions }) => {
      found = missions.find((mission) => mission.missionId === missionId);
      return found !== undefined && wanted(found);
    },
    PATIENCE_MS,
    what,
  );
  if (found === undefined) throw new Error(`${what}: it vanished.`);
  return found;
}

async function eventsOf(client: StationClient, missionId: string) {
  return (await client.missions.report({ missionId })).events;
}

/** The mission as the other station has it, once all of it has come. */
async function sameMission(client: StationClient, missionId: string, status: string, events: number) {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const report = await client.missions.report({ missionId }).catch(() => null);
    const found = { status: report?.mission.status ?? 'NOT SEEN', events: report?.events.length ?? 0 };
    if ((found.status === status && found.events === events) || performance.now() > deadlineMs) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
