import { isContractProcedure } from '@orpc/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { contract } from '../../../preload/contract/index.ts';
import { freeUdpPort, type RunningProgram, startProgram } from '../../../scripts/child-programs.ts';
import { connectToStation, firstOf, type StationClient } from '../../../scripts/station-client.ts';
import { emergencyAt } from '../../support/launch-rescue.ts';
import { newId, SCENE } from '../db/build-records.ts';
import { openTestStore, type TemporaryDirectory, temporaryDirectory } from '../db/temporary-database.ts';
import { CANARY_WORDS, type Canaries, writeCanaries } from './canary-records.ts';

const PASSWORD = 'heard by no canary';
const FEED_FOR_MS = 500;

let directory: TemporaryDirectory;
let canaries: Canaries;
let station: RunningProgram;
const logged: string[] = [];
const connections: (() => void)[] = [];

beforeAll(async () => {
  directory = temporaryDirectory();
  const opened = await openTestStore(directory.path);
  await opened.store.write.seedDemo({ password: PASSWORD, nowMs: Date.now() });
  canaries = await writeCanaries(opened.store, Date.now() - 60_000);
  await opened.close();
  const link = `udpin:127.0.0.1:${await freeUdpPort()}`;
  station = await startProgram(
    'headless',
    ['--data-dir', directory.path, '--no-open', '--demo', '--link', link],
    { onLine: (line) => void logged.push(line) },
  );
}, 120_000);
afterAll(async () => {
  for (const close of connections) close();
  await station.stop();
  directory.remove();
});

async function signedInAs(dispatcherId: string): Promise<StationClient> {
  const { client, close } = await connectToStation(String(station.ready.url));
  connections.push(close);
  await client.session.signIn({ dispatcherId, password: PASSWORD });
  return client;
}

interface ContractCall {
  path: string[];
  inputSchema: z.ZodType | undefined;
}

/** Every call of the contract, those of which nobody thought here included. */
function callsOf(router: object, path: string[] = []): ContractCall[] {
  return Object.entries(router).flatMap(([name, member]: [string, unknown]): ContractCall[] => {
    const here = [...path, name];
    if (isContractProcedure(member)) {
      const schema = member['~orpc'].inputSchema;
      return [{ path: here, inputSchema: schema instanceof z.ZodType ? schema : undefined }];
    }
    return typeof member === 'object' && member !== null ? callsOf(member, here) : [];
  });
}

/** What a call says: its answer, what its feed yields for a while, or its refusal. */
async function saidBy(client: StationClient, { path }: ContractCall, input: unknown): Promise<string> {
  let target: unknown = client;
  for (const name of path) target = Reflect.get(Object(target), name);
  try {
    const output: unknown = await Reflect.apply(target as () => Promise<unknown>, undefined, [input]);
    if (typeof output !== 'object' || output === null || !(Symbol.asyncIterator in output))
      return JSON.stringify(output) ?? '';
    return await yieldedBy(output as AsyncIterable<unknown>);
  } catch (error) {
    return refusalText(error);
  }
}

async function yieldedBy(feed: AsyncIterable<unknown>): Promise<string> {
  const iterator = feed[Symbol.asyncIterator]();
  const values: unknown[] = [];
  const overAtMs = performance.now() + FEED_FOR_MS;
  try {
    while (performance.now() < overAtMs) {
      const pause = new Promise<null>((resolve) => setTimeout(() => resolve(null), FEED_FOR_MS));
      const next = await Promise.race([iterator.next(), pause]);
      if (next === null || next.done === true) break;
      values.push(next.value);
    }
  } finally {
    void iterator.return?.();
  }
  return JSON.stringify(values);
}

function refusalText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : error.name;
  return `${code}: ${error.message} ${JSON.stringify('data' in error ? error.data : null)}`;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A valid input by the call's own schema, with the given values wherever a field has their name. */
function inputFor(schema: JsonSchema, known: Record<string, unknown>, name = ''): unknown {
  if (name in known) return known[name];
  if (Array.isArray(schema.type) && schema.type.includes('null')) return null;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    if (choices.some(({ type }) => type === 'null')) return null;
    return inputFor(choices[0] ?? {}, known, name);
  }
  switch (schema.type) {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).filter(
        ([field]) => field in known || schema.required?.includes(field),
      );
      return Object.fromEntries(fields.map(([field, part]) => [field, inputFor(Object(part), known, field)]));
    }
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => inputFor(Object(schema.items), known));
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 0);
    default:
      return 'none';
  }
}

const CORNERS = [0, 1, 2].map((corner) => ({
  latitudeDeg: 42.5 + (corner === 1 ? 0.01 : 0),
  longitudeDeg: -71.5 + corner * 0.01,
}));

function inputs({ inputSchema }: ContractCall, known: Record<string, unknown>): unknown {
  if (inputSchema === undefined) return undefined;
  const schema = z.toJSONSchema(inputSchema, { io: 'input', unrepresentable: 'any' });
  return inputFor(schema as JsonSchema, known);
}

describe('canary emergencies of a state that a dispatcher does not cover', () => {
  test('no call of the contract, no feed, no refusal and no log tells that dispatcher of them', async () => {
    const supervisor = await signedInAs('operator12');
    const { decisionId } = await supervisor.dispatch.assess({ emergencyId: canaries.open });
    const { alerts } = await firstOf(
      supervisor.alerts.watch(),
      (update) => update.alerts.some(({ missionId }) => missionId === canaries.liveMission),
      30_000,
      'an alert about the canary mission, whose drone is not heard',
    );
    const alertId = alerts.find(({ missionId }) => missionId === canaries.liveMission)?.alertId;
    const everything = {
      ...{ fromMs: 0, untilMs: Date.now() + 60_000, limit: 50, maximumPoints: 50 },
      ...{ decisionId, alertId, droneId: 'Alpha-1', key: 'Alpha-1', corners: CORNERS, password: PASSWORD },
      ...{
        state: 'MA',
        callerLanguage: 'en',
        dispatcherId: 'dispatcher04',
        zoneId: newId(),
        healthCheckId: newId(),
      },
      ...{ position: SCENE, place: SCENE, folder: directory.path },
    };
    const leaks: string[] = [];
    const malformed: string[] = [];
    const client = await signedInAs('dispatcher04');
    const listen = async (call: ContractCall): Promise<void> => {
      const path = call.path.join('.');
      const asked = new Set<string | undefined>();
      for (const [emergencyId, missionId] of [
        [canaries.served, canaries.liveMission],
        [canaries.open, canaries.pastMission],
        [canaries.closed, canaries.pastMission],
      ]) {
        const input = inputs(call, { ...everything, emergencyId, missionId });
        if (asked.has(JSON.stringify(input))) continue;
        asked.add(JSON.stringify(input));
        const said = await saidBy(client, call, input);
        for (const word of [...CANARY_WORDS, ...canaries.ids])
          if (said.includes(word)) leaks.push(`${path}: ${word} in ${said.slice(0, 300)}`);
        if (/^(INVALID_INPUT|NOT_SIGNED_IN)/.test(said) && call.path[0] !== 'session')
          malformed.push(`${path}: ${said}`);
      }
    };
    const calls = callsOf(contract);
    await Promise.all(calls.filter(({ path }) => path[0] !== 'session').map(listen));
    // One after the other, because they end the session.
    for (const call of calls.filter(({ path }) => path[0] === 'session')) await listen(call);
    expect(leaks).toEqual([]);
    // A call that was refused for its form alone would prove nothing: give its field a value in `everything`.
    expect(malformed).toEqual([]);
    const log = logged.join('\n');
    for (const word of CANARY_WORDS) expect(log).not.toContain(word);
  }, 180_000);

  test('nothing that flies there obeys that dispatcher, and nothing was changed', async () => {
    const dispatcher = await signedInAs('dispatcher04');
    const missionId = canaries.liveMission;
    const { missions, emergencies, dispatch } = dispatcher;
    const acts = await Promise.allSettled([
      missions.abort({ missionId, reason: 'not mine' }),
      missions.landHere({ missionId, reason: 'not mine' }),
      missions.hold({ missionId }),
      missions.resume({ missionId }),
      missions.releaseAgain({ missionId }),
      missions.confirmDelivery({ missionId, note: null }),
      missions.returnNow({ missionId }),
      missions.stayOnScene({ missionId }),
      missions.get({ missionId }),
      missions.report({ missionId }),
      emergencies.get({ emergencyId: canaries.open }),
      emergencies.close({ emergencyId: canaries.open, reason: 'OTHER', note: 'not mine' }),
      dispatch.assess({ emergencyId: canaries.open }),
    ]);
    for (const act of acts) expect(act).toMatchObject({ status: 'rejected', reason: { code: 'NOT_FOUND' } });
    await expect(emergencies.create(emergencyAt(SCENE, { state: 'NH' }))).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('states that you cover'),
    });
    const supervisor = await signedInAs('operator12');
    expect((await supervisor.missions.get({ missionId })).status).toBe('LAUNCHED');
    expect((await supervisor.emergencies.get({ emergencyId: canaries.open })).closed).toBe(null);
  });

  test('a supervisor sees every one of them, and the dispatcher sees what lies in the own state', async () => {
    const supervisor = await signedInAs('operator12');
    const seen = JSON.stringify([
      await firstOf(supervisor.emergencies.watchOpen(), () => true, 10_000, 'the queue'),
      await supervisor.emergencies.get({ emergencyId: canaries.closed }),
      await firstOf(
        supervisor.missions.watch(),
        ({ missions }) => missions.length > 0,
        10_000,
        'the missions',
      ),
      await firstOf(
        supervisor.fleet.watch(),
        ({ entries }) => entries.some(({ missionId }) => missionId === canaries.liveMission),
        10_000,
        'the fleet',
      ),
      await firstOf(
        supervisor.missions.timeline({ missionId: canaries.pastMission }),
        () => true,
        10_000,
        'the timeline',
      ),
      await supervisor.review.mission({ missionId: canaries.pastMission }),
    ]);
    for (const word of [...CANARY_WORDS, ...canaries.ids.slice(0, 3), canaries.liveMission])
      expect(seen).toContain(word);

    const dispatcher = await signedInAs('dispatcher04');
    const { emergencyId } = await dispatcher.emergencies.create(emergencyAt(SCENE));
    const { emergencies } = await firstOf(
      dispatcher.emergencies.watchOpen(),
      () => true,
      10_000,
      'the queue',
    );
    expect(emergencies.map((emergency) => emergency.emergencyId)).toContain(emergencyId);
    expect((await dispatcher.dispatch.assess({ emergencyId })).emergencyId).toBe(emergencyId);
  });
});
