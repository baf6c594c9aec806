import { expect, test } from 'vitest';
import type { NewTranscriptLine, TelemetryRow, WriteQueries } from '../../../db/queries/query-map.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { createDroneSeen } from '../../../main/station/records/drone-seen.ts';
import { createFlightRecorder } from '../../../main/station/records/flight-recorder.ts';
import { OrderedWriter } from '../../../main/station/records/ordered-writer.ts';
import { createTranscripts } from '../../../main/station/records/transcripts.ts';
import { Refusal } from '../../../preload/contract/errors.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { HOME, SCENE, SeenAlerts, silentLog } from '../../support/mission-station.ts';
import { ScriptedDrone, ScriptedFleet } from '../../support/scripted-drone.ts';

const FLIGHT = { missionId: 'm1', droneId: 'Alpha-3', systemId: 7, destination: SCENE };

function bench() {
  const clock = new FakeClock();
  const drone = new ScriptedDrone(clock, 7, HOME);
  return { clock, drone, fleet: new ScriptedFleet([drone]), alerts: new SeenAlerts() };
}

function recorder(
  append: (input: { rows: TelemetryRow[] }) => Promise<{ inserted: number }>,
  parts = bench(),
) {
  const flights = [FLIGHT];
  const made = createFlightRecorder({
    flights: () => flights,
    aircraft: parts.fleet,
    append,
    distanceM: () => 560,
    clock: parts.clock,
    alerts: parts.alerts,
    log: silentLog,
  });
  return { ...parts, flights, recorder: made };
}

test('a flight is recorded twice a second, in batches, and ends with its mission', async () => {
  const batches: TelemetryRow[][] = [];
  const { clock, drone, flights } = recorder(async ({ rows }) => {
    batches.push(rows);
    return { inserted: rows.length };
  });
  drone.mode = 'MISSION';
  await clock.run(10_000);
  const rows = batches.flat();
  expect(rows).toHaveLength(20);
  expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(3);
  expect(rows[0]).toMatchObject({
    missionId: 'm1',
    droneId: 'Alpha-3',
    navigationMode: 'AUTONOMOUS',
    distanceToDestinationM: 560,
    batteryPercent: 95,
    gpsFixQuality: 'RTK',
    persons: null,
  });
  flights.pop();
  await clock.run(2_000);
  expect(batches.flat()).toHaveLength(20);
});

test('what was last heard is recorded once, and nothing while the drone is silent', async () => {
  const rows: TelemetryRow[] = [];
  const { clock, drone } = recorder(async (input) => {
    rows.push(...input.rows);
    return { inserted: input.rows.length };
  });
  await clock.run(2_000);
  const before = rows.length;
  drone.contact = 'LOST';
  await clock.run(10_000);
  expect(rows.length - before).toBeLessThanOrEqual(1);
});

test('a database that fails for a while loses nothing, keeps the order and repeats nothing', async () => {
  const rows: TelemetryRow[] = [];
  let failing = true;
  const {
    clock,
    alerts,
    recorder: made,
  } = recorder(async (input) => {
    if (failing) throw new Refusal('STORAGE_UNAVAILABLE', 'The database does not answer.');
    rows.push(...input.rows);
    return { inserted: input.rows.length };
  });
  await clock.run(5_000);
  expect(alerts.kinds()).toEqual(['records-failing']);
  failing = false;
  await clock.run(3_000);
  await made.close();
  const times = rows.map(({ atMs }) => atMs);
  expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
  expect(times).toHaveLength(16);
  expect(alerts.kinds()).toEqual([]);
  expect(made.dropped).toBe(0);
});

test('a full queue gives up the oldest, counts them and tells it', async () => {
  const clock = new FakeClock();
  const alerts = new SeenAlerts();
  const written: number[] = [];
  let failing = true;
  const writer = new OrderedWriter<number>({
    clock,
    alerts,
    log: silentLog,
    name: 'n',
    contents: 'numbers',
    capacity: 3,
    batchSize: 2,
    write: async (batch) => {
      if (failing) throw new Error('down');
      written.push(...batch);
    },
  });
  for (let number = 1; number <= 5; number++) writer.add(number);
  expect(writer.dropped).toBe(2);
  await clock.run(1_000);
  expect(alerts.kinds()).toEqual(['records-dropped', 'records-failing']);
  failing = false;
  await clock.run(1_000);
  expect(written).toEqual([3, 4, 5]);
  expect(alerts.kinds()).toEqual([]);
});

test('a record that the database refuses for good does not hold up the ones behind it', async () => {
  const clock = new FakeClock();
  const written: number[] = [];
  const writer = new OrderedWriter<number>({
    clock,
    alerts: new SeenAlerts(),
    log: silentLog,
    name: 'n',
    contents: 'numbers',
    capacity: 10,
    batchSize: 1,
    write: async ([number = 0]) => {
      if (number === 1) throw new Refusal('INVALID_INPUT', 'Not on Earth.');
      written.push(number);
    },
  });
  writer.add(1);
  writer.add(2);
  await writer.close();
  expect(written).toEqual([2]);
});

test('what is said at the scene is written in order, and the conversation begins once', async () => {
  const { clock, fleet, alerts } = bench();
  const lines: NewTranscriptLine[] = [];
  const told: { first: boolean; language: string; conversationState: string | null }[] = [];
  const make = () =>
    createTranscripts({
      flights: () => [FLIGHT],
      aircraft: fleet,
      read: { missionTranscript: async () => lines },
      append: async (line) => void lines.push(line),
      onConversation: (_missionId, voice) => told.push(voice),
      clock,
      random: seededRandom(1),
      alerts,
      log: silentLog,
    });
  const say = (text: string, language: string, conversationState: string, systemId = 7): void =>
    fleet.say({
      kind: 'VOICE',
      systemId,
      speaker: 'DRONE',
      text,
      language,
      confidence: null,
      conversationState,
    });
  const first = make();
  say('Open the door', 'en', 'GREETING');
  say('Take the AED', 'en', 'GREETING');
  say('Tome el DEA', 'es', 'HANDOVER');
  say('Somewhere else', 'en', 'GREETING', 99);
  fleet.say({ kind: 'STATUS_TEXT', systemId: 7, severity: 4, text: 'not speech' });
  await clock.run(200);
  expect(lines.map(({ text }) => text)).toEqual(['Open the door', 'Take the AED', 'Tome el DEA']);
  expect(told).toEqual([
    { first: true, language: 'en', conversationState: 'GREETING' },
    { first: false, language: 'es', conversationState: 'HANDOVER' },
  ]);
  await first.close();
  const second = make();
  say('Still here', 'es', 'HANDOVER');
  await clock.run(200);
  expect(told.at(-1)?.first).toBe(false);
  await second.close();
});

test('what is seen of registered drones is written when it changed, and tried again when it failed', async () => {
  const { clock, fleet, drone } = bench();
  const rounds: Parameters<WriteQueries['recordDroneSeen']>[0]['drones'][] = [];
  let failing = false;
  const seen = createDroneSeen({
    registered: () => [
      { droneId: 'Alpha-3', systemId: 7 },
      { droneId: 'Bravo-1', systemId: null },
    ],
    aircraft: fleet,
    record: async ({ drones }) => {
      if (failing) throw new Error('down');
      rounds.push(drones);
    },
    clock,
    log: silentLog,
  });
  await clock.run(30_000, 500);
  expect(rounds).toHaveLength(1);
  expect(rounds[0]).toMatchObject([{ droneId: 'Alpha-3', batteryPercent: 95, firmware: 'ArduCopter 4.6.3' }]);
  failing = true;
  drone.batteryPercent = 90;
  await clock.run(10_000, 500);
  failing = false;
  await clock.run(10_000, 500);
  expect(rounds).toHaveLength(2);
  expect(rounds[1]).toMatchObject([{ batteryPercent: 90 }]);
  await seen.close();
});
