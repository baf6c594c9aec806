import { beforeEach, describe, expect, test } from 'vitest';
import {
  PARAM_REQUEST_LIST,
  PARAM_REQUEST_READ,
  PARAM_SET,
  PARAM_VALUE,
} from '../../../main/station/mavlink/generated/messages.ts';
import { parameterSetIn, problemWithValue } from '../../../main/station/mavlink/protocol/parameter-value.ts';
import { ParameterProtocol } from '../../../main/station/mavlink/protocol/parameters.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { CALM, type End, wire } from '../../support/mavlink-wire.ts';

const TARGET = { systemId: 4, componentId: 1 };
const REAL32 = 9;
const INT8 = 2;
const LIST = { encoding: 'C_CAST', offersHash: false } as const;

let clock: FakeClock;
let station: End;
let vehicle: End;
let parameters: ParameterProtocol;

beforeEach(() => {
  clock = new FakeClock();
  ({ station, vehicle } = wire(clock, CALM, [255, 190], [4, 1]));
  parameters = new ParameterProtocol(station, TARGET);
  station.onFrame = (frame) => parameters.receive(frame);
});

function tell(from: End, index: number, count: number, name = `P${index}`, value = index): void {
  from.send(PARAM_VALUE, {
    paramId: name,
    paramIndex: index,
    paramCount: count,
    paramType: REAL32,
    paramValue: value,
  });
}

/** Answers the list and each index as `answer` says. */
function hold(answer: (index: number, asked: number) => void, listed: () => void = () => {}): void {
  let asked = 0;
  vehicle.onFrame = (frame) => {
    if (frame.messageId === PARAM_REQUEST_LIST.id) listed();
    if (frame.messageId === PARAM_REQUEST_READ.id) answer(PARAM_REQUEST_READ.read(frame).paramIndex, ++asked);
  };
}

async function ended<Outcome>(work: Promise<Outcome>, forMs = 120_000): Promise<Outcome> {
  const held: { outcome?: Outcome } = {};
  void work.then((outcome) => {
    held.outcome = outcome;
  });
  for (let passedMs = 0; passedMs < forMs && !('outcome' in held); passedMs += 500) await clock.run(500, 100);
  if (held.outcome === undefined) throw new Error('It never ended.');
  return held.outcome;
}

describe('the list', () => {
  test('asks for what the vehicle left out', async () => {
    const asked: number[] = [];
    hold(
      (index) => {
        asked.push(index);
        tell(vehicle, index, 40);
      },
      () => {
        for (let index = 0; index < 40; index++) if (index % 7 !== 3) tell(vehicle, index, 40);
      },
    );
    const outcome = await ended(parameters.list(LIST));
    expect(outcome).toMatchObject({ state: 'DONE' });
    expect(asked.sort((a, b) => a - b)).toEqual([3, 10, 17, 24, 31, 38]);
  });

  test('of a vehicle that says it has 65,535 is not read', async () => {
    hold(
      () => {},
      () => tell(vehicle, 0, 65_535),
    );
    expect(await ended(parameters.list(LIST))).toEqual({
      state: 'FAILED',
      sentence:
        'The vehicle says it has 65,535 parameters. More than 5,000 are not read. Check its firmware.',
    });
  });

  test('whose count grows for ever is given up', async () => {
    let count = 10;
    hold(
      (index) => tell(vehicle, index, ++count),
      () => {
        for (let index = 0; index < 10; index++) tell(vehicle, index, ++count);
      },
    );
    expect(await ended(parameters.list(LIST))).toMatchObject({
      state: 'FAILED',
      sentence: expect.stringContaining('keeps changing while it is read'),
    });
  });

  test('whose count grows once is read anew', async () => {
    let count = 10;
    hold(
      (index) => tell(vehicle, index, count),
      () => {
        for (let index = 0; index < 10; index++) {
          if (index === 5) count = 12;
          tell(vehicle, index, count);
        }
      },
    );
    const outcome = await ended(parameters.list(LIST));
    expect(outcome.state === 'DONE' ? outcome.parameters.length : outcome.sentence).toBe(12);
  });

  test('that never ends is given up, and names how many are missing', async () => {
    hold(
      () => {},
      () => tell(vehicle, 0, 3),
    );
    expect(await ended(parameters.list(LIST))).toEqual({
      state: 'FAILED',
      sentence: "2 of the vehicle's 3 parameters do not come. Check the link, then read again.",
    });
  });

  test('of a silent vehicle fails in words; another component’s values do not count', async () => {
    const impostor = wire(clock, CALM, [255, 190], [4, 99]);
    impostor.station.onFrame = (frame) => parameters.receive(frame);
    hold(
      () => {},
      () => tell(impostor.vehicle, 0, 1),
    );
    expect(await ended(parameters.list(LIST))).toMatchObject({
      state: 'FAILED',
      sentence: expect.stringContaining('does not answer'),
    });
  });

  test('is read once at a time, and can be broken off', async () => {
    const abort = new AbortController();
    const first = parameters.list({ ...LIST, signal: abort.signal });
    expect(await parameters.list(LIST)).toMatchObject({ state: 'FAILED' });
    abort.abort();
    expect(await ended(first)).toEqual({ state: 'FAILED', sentence: 'Broken off.' });
  });
});

describe('a change', () => {
  const answer = (held: number, type = INT8): void =>
    vehicle.send(PARAM_VALUE, {
      paramId: 'RTL',
      paramIndex: 65_535,
      paramCount: 1,
      paramType: type,
      paramValue: held,
    });

  test('is read back: what the vehicle does not take is refused with what it holds', async () => {
    vehicle.onFrame = () => answer(5);
    expect(await ended(parameters.write('RTL', 7, 'C_CAST'))).toEqual({
      state: 'REFUSED',
      sentence:
        'The vehicle keeps RTL at 5. It does not take 7: it may be out of range, or not to be changed.',
    });
  });

  test('that the type cannot hold is not sent', async () => {
    let sets = 0;
    vehicle.onFrame = (frame) => {
      if (frame.messageId === PARAM_SET.id) sets++;
      answer(5);
    };
    for (const [value, sentence] of [
      [300, 'RTL must be a whole number from -128 to 127. Nothing was changed.'],
      [1.5, 'RTL must be a whole number from -128 to 127. Nothing was changed.'],
    ] as const)
      expect(await ended(parameters.write('RTL', value, 'C_CAST'))).toEqual({ state: 'REFUSED', sentence });
    expect(sets).toBe(0);
  });

  test('without an answer to the setting is unknown, without one before it nothing was changed', async () => {
    expect(await ended(parameters.write('RTL', 7, 'C_CAST'))).toEqual({
      state: 'UNKNOWN',
      sentence: 'The vehicle does not answer the question for RTL. It may not have it. Nothing was changed.',
    });
    vehicle.onFrame = (frame) => {
      if (frame.messageId === PARAM_REQUEST_READ.id) answer(5);
    };
    expect(await ended(parameters.write('RTL', 7, 'C_CAST'))).toEqual({
      state: 'UNKNOWN',
      sentence: 'The vehicle did not confirm RTL. Whether it changed is not known: read it again.',
    });
  });

  test('to a name that is none is refused', async () => {
    expect(await parameters.write('A NAME THAT IS TOO LONG', 1, 'C_CAST')).toMatchObject({
      state: 'REFUSED',
    });
  });
});

test('whole numbers travel as bytes for PX4 and as floats for ArduPilot', () => {
  const set = { targetSystem: 1, targetComponent: 1, paramId: 'X', paramType: 6, paramValue: -1 };
  const bytes = (encoding: 'C_CAST' | 'BYTEWISE'): string => {
    const payload = new DataView(new ArrayBuffer(32));
    parameterSetIn(encoding).write(payload, set);
    return Buffer.from(payload.buffer, 0, 4).toString('hex');
  };
  expect(bytes('BYTEWISE')).toBe('ffffffff');
  expect(bytes('C_CAST')).toBe('000080bf');
  expect(problemWithValue(6, 16_777_217, 'BYTEWISE')).toBeNull();
  expect(problemWithValue(6, 16_777_217, 'C_CAST')).toContain('survives the way');
  expect(problemWithValue(9, 1e60, 'C_CAST')).toContain('can store');
});
