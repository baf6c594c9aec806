import { setImmediate } from 'node:timers/promises';
import { ORPCError } from '@orpc/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Candidate, Decision } from '../../../preload/contract/dispatch.ts';
import type { Emergency, EmergencyInput } from '../../../preload/contract/emergencies.ts';
import {
  type IntakeStation,
  isUnsaved,
  openIntake,
  shownCandidate,
} from '../../../renderer/features/dispatch/intake.ts';
import { weatherInput } from '../../../renderer/features/dispatch/intake-form.ts';

const scene = { latitudeDeg: 42.3638, longitudeDeg: -71.0559 };
const NOW_MS = 1_760_000_000_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function candidate(droneId: string): Candidate {
  return {
    droneId,
    baseStationId: 'BOS-1',
    verdict: 'GO',
    checks: [],
    distanceM: 2_300,
    route: null,
    timeToSceneS: 101,
    batteryPercent: 100,
    batteryNeededPercent: 46,
    riskScore: 0,
  };
}

function emergencyOf(input: EmergencyInput, emergencyId: string): Emergency {
  return { ...input, emergencyId, calledAtMs: input.calledAtMs ?? NOW_MS, closed: null, missionId: null };
}

/** Remembers what it was asked, and keeps what it was given. */
function station() {
  const asked: string[] = [];
  const known: Emergency[] = [];
  let fails: Error | null = null;
  let drones = ['Alpha-1', 'Charlie-2'];
  const note = <Answer>(what: string, answer: () => Answer): Promise<Answer> => {
    asked.push(what);
    return fails === null ? Promise.resolve(answer()) : Promise.reject(fails);
  };
  const decide = (emergencyId: string): Decision => ({
    decisionId: `decision ${asked.length}`,
    emergencyId,
    destination: scene,
    computedAtMs: NOW_MS,
    durationMs: 80,
    dataAgeMs: 400,
    wind: null,
    candidates: drones.map(candidate),
  });
  const port: IntakeStation = {
    create: (input) => {
      const created = emergencyOf(input, `emergency ${known.length + 1}`);
      known.push(created);
      return note('create', () => created);
    },
    update: (input) => note('update', () => emergencyOf(input, input.emergencyId)),
    assess: ({ emergencyId, weather }) =>
      note(weather === undefined ? 'assess' : 'assess with weather', () => decide(emergencyId)),
    openEmergencies: () => known,
    weatherOf: (form) => weatherInput(form, 'metric'),
    nowMs: () => NOW_MS,
  };
  return {
    port,
    asked,
    fail: (error: Error | null) => {
      fails = error;
    },
    rank: (next: string[]) => {
      drones = next;
    },
  };
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}

test('a click on the map saves and assesses at once; typing waits until it settles', async () => {
  const { port, asked } = station();
  const intake = openIntake(port);
  intake.edit({ words: 'Not breathing' });
  await pass(1_000);
  expect(asked).toEqual([]);
  expect(isUnsaved(intake.state.get())).toBe(true);

  intake.pick(scene);
  await pass(0);
  expect(asked).toEqual(['create', 'assess']);
  expect(shownCandidate(intake.state.get())?.droneId).toBe('Alpha-1');

  intake.edit({ age: '5' });
  await pass(200);
  intake.edit({ age: '58' });
  await pass(200);
  expect(asked).toHaveLength(2);
  await pass(100);
  expect(asked).toEqual(['create', 'assess', 'update', 'assess']);
});

test('coordinates typed into "Where" are the position; an address keeps the position it had', async () => {
  const { port } = station();
  const intake = openIntake(port);
  intake.edit({ where: '42.3638, -71.0559' });
  await pass(300);
  expect(intake.state.get().position).toEqual(scene);
  expect(intake.state.get().emergency?.address).toBeNull();
  intake.edit({ where: '61 Salem St' });
  await pass(300);
  expect(intake.state.get().emergency).toMatchObject({ address: '61 Salem St', position: scene });
});

test('an open emergency is assessed again every two seconds, without saving it again', async () => {
  const { port, asked } = station();
  const intake = openIntake(port);
  const end = intake.run();
  intake.pick(scene);
  await pass(0);
  await pass(4_000);
  expect(asked).toEqual(['create', 'assess', 'assess', 'assess']);
  end();
  await pass(10_000);
  expect(asked).toHaveLength(4);
});

test('the chosen drone stays chosen when the ranking changes', async () => {
  const { port, rank } = station();
  const intake = openIntake(port);
  const end = intake.run();
  intake.pick(scene);
  await pass(0);
  expect(intake.choose('Alpha-1')).toBe(true);
  expect(intake.choose('Nobody')).toBe(false);
  rank(['Charlie-2', 'Alpha-1']);
  await pass(2_000);
  expect(shownCandidate(intake.state.get())?.droneId).toBe('Alpha-1');
  end();
});

test('F3: a failed assessment removes the decision and shows the sentence', async () => {
  const { port, fail } = station();
  const intake = openIntake(port);
  const end = intake.run();
  intake.pick(scene);
  await pass(0);
  const sentence = 'The database does not answer. Nothing was saved.';
  fail(new ORPCError('STORAGE_UNAVAILABLE', { defined: true, message: sentence }));
  await pass(2_000);
  expect(intake.state.get()).toMatchObject({
    decision: null,
    failure: { code: 'STORAGE_UNAVAILABLE', sentence },
  });
  fail(null);
  await pass(2_000);
  expect(intake.state.get().decision).not.toBeNull();
  end();
});

test('a call whose answer was lost is found in the queue instead of being made twice', async () => {
  const { port, asked, fail } = station();
  const intake = openIntake(port);
  const end = intake.run();
  fail(new Error('The line broke.'));
  intake.pick(scene);
  await pass(0);
  expect(intake.state.get().failure?.code).toBe('OUTCOME_NOT_KNOWN');
  fail(null);
  await pass(2_000);
  expect(asked).toEqual(['create', 'update', 'assess']);
  end();
});

test('an answer for the call before does not appear in the next', async () => {
  const { port } = station();
  let answer: (decision: Decision) => void = () => undefined;
  const intake = openIntake({
    ...port,
    assess: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  intake.pick(scene);
  await pass(0);
  intake.startNew();
  answer({ ...(await port.assess({ emergencyId: 'old' })) });
  await pass(0);
  expect(intake.state.get()).toMatchObject({ decision: null, emergency: null, position: null });
});

test('the weather is sent when somebody entered it, in metres per second', async () => {
  const { port, asked } = station();
  const intake = openIntake(port);
  intake.pick(scene);
  intake.editWeather({ windSpeed: '9,5' });
  await pass(300);
  expect(asked.at(-1)).toBe('assess with weather');
  const form = { windSpeed: '20', windFrom: '370', condition: 'RAIN' } as const;
  expect(weatherInput(form, 'aviation')).toMatchObject({ windFromDeg: 10, condition: 'RAIN' });
  expect(weatherInput(form, 'aviation')?.windSpeedMps).toBeCloseTo(10.29, 2);
});
