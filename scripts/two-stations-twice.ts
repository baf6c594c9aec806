import type { SyncConflict } from '../preload/contract/sync.ts';
import { callAt, takeCall } from './rescue.ts';
import type { StationClient } from './station-client.ts';
import { firstOf } from './station-client.ts';
import { type DemoStation, SHARED_DRONE, type TwoStations } from './two-stations.ts';
import { inStep, isOffline, PATIENCE_MS } from './two-stations-flight.ts';

export interface FlownTwiceFigures {
  /** What each station shows of the drone that both flew: who launched it first, and second. */
  northShows: string[];
  southShows: string[];
  northAlerted: boolean;
  /** After South's decision. */
  northStillAsks: boolean;
}

const NEAR_FENWAY = { latitudeDeg: 42.3462, longitudeDeg: -71.1012 };
const NEAR_SOUTH = { latitudeDeg: 42.3275, longitudeDeg: -71.0645 };
const ASK_AGAIN_MS = 200;

/** S14 without a network: both fly what both believe to be their drone, and a person decides once they hear of it. */
export async function flyTwiceApart(
  { north, south }: TwoStations,
  onProgress: (sentence: string) => void,
): Promise<FlownTwiceFigures> {
  for (const { client, network } of [north, south]) {
    network.cut();
    await firstOf(client.sync.watch(), isOffline, PATIENCE_MS, 'it knows that it is offline');
  }
  const flights = [
    await launchShared(north.client, NEAR_FENWAY),
    await launchShared(south.client, NEAR_SOUTH),
  ];
  onProgress(`Both cables are pulled. Both stations have launched ${SHARED_DRONE}.`);
  for (const { client, network } of [north, south]) {
    network.join();
    await client.sync.syncNow();
  }
  await Promise.all([inStep(north), inStep(south)]);
  const [atNorth, atSouth] = [await flownTwice(north), await flownTwice(south)];
  const northAlerted = await isAlerted(north.client);
  onProgress('Both cables are back. Both stations show that it was flown twice.');

  await south.client.sync.decide({ conflictId: atSouth.conflictId, decision: 'KEEP' });
  const decided = await eventually(async () => (await twoFlights(north.client)).length === 0 || null);
  for (const [index, { client }] of [north, south].entries())
    await client.missions.abort({ missionId: flights[index] ?? '', reason: 'Flown by two stations' });
  return {
    northShows: inWords(atNorth),
    southShows: inWords(atSouth),
    northAlerted,
    northStillAsks: decided !== true,
  };
}

/** What is off; empty when everything was as it has to be. */
export function complaintsAboutTwice({ northShows, southShows, ...figures }: FlownTwiceFigures): string[] {
  const complaints: string[] = [];
  const demand = (holds: boolean, sentence: string): void => void (holds || complaints.push(sentence));
  const expected = [`Drone ${SHARED_DRONE}`, 'Operator 12 at north', 'south12 at south'];
  for (const [station, shows] of Object.entries({ North: northShows, South: southShows }))
    demand(
      shows.join() === expected.join(),
      `${station} shows ${shows.join(', ')} of the drone that was flown twice.`,
    );
  demand(figures.northAlerted, 'North was not alerted that South flies its drone.');
  demand(!figures.northStillAsks, 'North still asks for a decision that was made at South.');
  return complaints;
}

/** Its own drone, whatever other would be nearer. */
async function launchShared(client: StationClient, position: typeof NEAR_SOUTH): Promise<string> {
  const { emergencyId } = await takeCall(client, callAt('Somewhere without a network', position));
  const decisionId = await eventually(async () => {
    const decision = await client.dispatch.assess({ emergencyId });
    const shared = decision.candidates.find(({ droneId }) => droneId === SHARED_DRONE);
    return shared?.verdict === 'GO' ? decision.decisionId : null;
  });
  if (decisionId === null) throw new Error(`${SHARED_DRONE} may not go.`);
  return (await client.dispatch.launch({ decisionId, droneId: SHARED_DRONE })).missionId;
}

async function twoFlights(client: StationClient): Promise<SyncConflict[]> {
  return (await client.sync.conflicts()).filter(({ kind }) => kind === 'TWO_FLIGHTS');
}

async function flownTwice({ client, stationId }: DemoStation): Promise<SyncConflict> {
  const found = await eventually(async () => (await twoFlights(client))[0] ?? null);
  if (found === null) throw new Error(`${stationId} does not show that the drone was flown twice.`);
  return found;
}

async function isAlerted(client: StationClient): Promise<boolean> {
  const isOfIt = ({ sentence }: { sentence: string }): boolean =>
    sentence.startsWith(`${SHARED_DRONE} is flown by this station and`);
  await firstOf(
    client.alerts.watch(),
    ({ alerts }) => alerts.some(isOfIt),
    PATIENCE_MS,
    'North is alerted that South flies its drone',
  );
  return true;
}

function inWords({ about, inForcePerson, inForceBy, otherPerson, otherBy }: SyncConflict): string[] {
  return [about, `${inForcePerson} at ${inForceBy}`, `${otherPerson} at ${otherBy}`];
}

/** Asked again and again until it answers something; null: it never did. */
async function eventually<Answer>(ask: () => Promise<Answer | null>): Promise<Answer | null> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== null || performance.now() > deadlineMs) return answer;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}
