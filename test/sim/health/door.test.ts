import { describe, expect, test } from 'vitest';
import { ANNA, benchDesk, DRONE } from './bench-desk.ts';

const compartment = (bench: Awaited<ReturnType<typeof benchDesk>>) => {
  const drone = bench.fleet.vehicles[0];
  if (drone === undefined) throw new Error('There is no drone.');
  return drone.companion.compartment;
};
const JAMS_OPENING = 1;
const JAMS_CLOSING = 2;
const SERVO = { kind: 'SERVO', output: 9, openUs: 1_900, closedUs: 1_100 } as const;

describe('the door', () => {
  test.each([
    ['by its gripper', { kind: 'GRIPPER', gripper: 1 }],
    ['by its servo', SERVO],
  ] as const)('opens and closes %s, as its sensor and its servo output tell', async (_, drive) => {
    const bench = await benchDesk({}, drive);
    await bench.run(20);
    await bench.start();
    const test = bench.desk.testDoor(DRONE, 'TEST', true);
    expect(bench.check().doorTest).toMatchObject({ running: true, steps: [] });
    await bench.until(
      () => (bench.check().doorTest?.steps[0]?.sensor ?? null) !== null,
      4,
      'A word of the sensor',
    );
    expect(bench.check().doorTest?.steps).toMatchObject([{ towards: 'OPEN', command: 'ACCEPTED' }]);
    await bench.finish(test);
    expect(bench.item('door-release')).toMatchObject({
      result: 'PASS',
      measured: expect.stringMatching(/^open in \d\.\d s, closed in \d\.\d s$/),
      value: expect.closeTo(3, 0),
    });
    expect(bench.item('door-output')).toMatchObject({
      result: 'PASS',
      measured: 'output 9: 1100 → 1900 → 1100 µs',
    });
    expect(compartment(bench).door).toBe('CLOSED');
    expect(bench.check().doorTest).toMatchObject({ running: false, brokenOff: null });
  });

  test('that jams while it opens fails, and is closed again', async () => {
    const bench = await benchDesk();
    await bench.start();
    bench.fault('jammed-aed', JAMS_OPENING);
    await bench.testDoor();
    expect(bench.item('door-release')).toMatchObject({
      result: 'FAIL',
      measured: 'jammed',
      sentence: 'The door jammed while it opened. It is closed again.',
    });
    expect(compartment(bench).door).toBe('CLOSED');
  });

  test('that jams while it closes fails, until it was freed, closed and tested again', async () => {
    const bench = await benchDesk();
    await bench.start();
    bench.fault('jammed-aed', JAMS_CLOSING);
    await bench.testDoor();
    expect(bench.item('door-release')?.sentence).toMatch(/jammed while it closed/);
    await bench.run(1);
    expect(bench.check().obstacles.join()).toMatch(/Door opens and closes.*Compartment|Compartment.*Door/);
    bench.fault('jammed-aed', 0, false);
    await bench.testDoor('CLOSE');
    expect(compartment(bench).door).toBe('CLOSED');
    expect(bench.item('door-release')?.result).not.toBe('PASS');
    await bench.testDoor();
    expect(bench.item('door-release')?.result).toBe('PASS');
  });

  test('without a sensor is not testable, and its servo output is told all the same', async () => {
    const bench = await benchDesk();
    bench.carryOnly((componentId) => componentId !== 191);
    await bench.start();
    await bench.run(21);
    await bench.testDoor();
    expect(bench.item('door-release')).toMatchObject({
      result: 'NOT_TESTABLE',
      sentence: expect.stringMatching(/no sensor of its door. Look at it/),
    });
    expect(bench.item('door-output')?.result).toBe('PASS');
  });

  test('whose output is configured wrongly is refused by the drone in words, and nothing has moved', async () => {
    const bench = await benchDesk({}, { ...SERVO, output: 3 });
    await bench.start();
    await bench.testDoor();
    expect(bench.item('door-release')).toMatchObject({
      result: 'FAIL',
      sentence: expect.stringMatching(/refused to open its door/),
    });
    expect(compartment(bench).servoUs).toBe(1_100);
  });

  test('that a model does not have is not tested', async () => {
    const bench = await benchDesk({}, { kind: 'NONE' });
    await bench.start();
    await bench.run(21);
    expect(bench.item('door-release')).toBeUndefined();
    await expect(bench.testDoor()).rejects.toThrow(/has no door.*not moved/);
  });
});

describe('the test of the door', () => {
  test('is broken off when the drone goes silent: nothing is sent when it is back, and a person must look', async () => {
    const bench = await benchDesk();
    await bench.start();
    const test = bench.desk.testDoor(DRONE, 'TEST', true);
    await bench.run(2.5);
    bench.path.up = false;
    await expect(bench.finish(test)).rejects.toThrow(/went silent. Its door was being opened.*Look whether/);
    expect(bench.check().doorTest?.running).toBe(false);
    bench.path.up = true;
    await bench.run(30);
    // F1: it stands as it was left.
    expect(compartment(bench).door).toBe('OPEN');
    expect(bench.item('door-release')).toMatchObject({ result: 'FAIL', measured: 'broken off' });
    expect(bench.check().obstacles.join()).toMatch(/went silent/);
    await bench.testDoor('CLOSE');
    expect(compartment(bench).door).toBe('CLOSED');
    await bench.testDoor();
    expect(bench.item('door-release')?.result).toBe('PASS');
  });

  test('is broken off when the drone is armed meanwhile; after a restart it counts no more', async () => {
    const bench = await benchDesk();
    await bench.run(5);
    await bench.start();
    const armed = bench.desk.testDoor(DRONE, 'TEST', true);
    await bench.run(2);
    bench.fleet.vehicles[0]?.autopilot.arm(true);
    await expect(bench.finish(armed)).rejects.toThrow(/was armed. Its door was being opened/);
    bench.fleet.vehicles[0]?.autopilot.disarm(true);
    await bench.run(3);
    const restarted = bench.desk.testDoor(DRONE, 'TEST', true);
    await bench.run(1);
    bench.fault('reboot');
    await bench.finish(restarted);
    await bench.run(15);
    expect(bench.check().doorTest).toBeNull();
  });

  test('that was broken off is remembered over a restart of the station, until a test of the door passes', async () => {
    const bench = await benchDesk();
    await bench.start();
    expect(bench.desk.doorIsLeft(DRONE)).toBe(false);
    const test = bench.desk.testDoor(DRONE, 'TEST', true);
    await bench.run(2.5);
    bench.path.up = false;
    await expect(bench.finish(test)).rejects.toMatchObject({
      name: 'Refusal',
      lastKnown: { towards: 'OPEN', command: 'ACCEPTED' },
    });
    await bench.restartStation();
    expect(bench.desk.doorIsLeft(DRONE)).toBe(true);
    bench.path.up = true;
    await bench.run(10);
    await bench.start();
    expect(bench.check().obstacles.join()).toMatch(/went silent. Its door was being opened.*test it again/);
    // Refused before anything moves: it stays as it was.
    await expect(bench.desk.testDoor(DRONE, 'TEST', false)).rejects.toThrow(/hands and tools/);
    expect(bench.item('door-release')?.measured).toBe('broken off');
    await bench.testDoor('CLOSE');
    expect(bench.desk.doorIsLeft(DRONE)).toBe(true);
    await bench.testDoor();
    expect(bench.desk.doorIsLeft(DRONE)).toBe(false);
    await bench.restartStation();
    expect(bench.desk.doorIsLeft(DRONE)).toBe(false);
  });

  test('is remembered also where the station itself stops; without a sensor until the drone is signed READY', async () => {
    const bench = await benchDesk();
    bench.carryOnly((componentId) => componentId !== 191);
    await bench.start();
    const test = bench.desk.testDoor(DRONE, 'TEST', true);
    await bench.run(2);
    // Killed: nobody tells the test that it is over.
    test.catch(() => {});
    await bench.restartStation();
    await bench.start();
    expect(bench.check().doorTest?.brokenOff).toMatch(/was moved|went silent/);
    await bench.run(21);
    await bench.testDoor();
    await bench.turnAll();
    expect(bench.desk.doorIsLeft(DRONE)).toBe(true);
    await bench.sign({ decision: 'MAINTENANCE' });
    expect(bench.desk.doorIsLeft(DRONE)).toBe(true);
    await bench.start();
    await bench.run(21);
    bench.tick();
    await expect(bench.sign({ untestedReason: 'Seen by eye.' })).rejects.toThrow(/test it again/);
    await bench.testDoor();
    await bench.sign({ untestedReason: 'Seen by eye.' });
    expect(bench.desk.doorIsLeft(DRONE)).toBe(false);
  });

  test('runs alone: neither twice, nor beside a motor, nor while the check is signed or discarded', async () => {
    const bench = await benchDesk();
    await bench.start();
    await expect(bench.desk.testDoor(DRONE, 'TEST', false)).rejects.toThrow(/hands and tools.*not moved/);
    const first = bench.desk.testDoor(DRONE, 'TEST', true);
    await expect(bench.desk.testDoor(DRONE, 'TEST', true)).rejects.toThrow(/being tested/);
    await expect(bench.desk.testMotor(DRONE, 1, true)).rejects.toThrow(/door is being tested/);
    await bench.run(0.5);
    expect(() => bench.desk.discard(DRONE)).toThrow(/door is being tested/);
    await expect(bench.sign({ decision: 'OFFLINE' })).rejects.toThrow(/door is being tested/);
    await bench.finish(first);
    const motor = bench.desk.testMotor(DRONE, 1, true);
    await expect(bench.desk.testDoor(DRONE, 'TEST', true)).rejects.toThrow(/Motor 1 is turning/);
    await bench.finish(motor);
  });
});

/** What moves on the bench, and what it says where it does not. */
const MOVEMENTS = [
  ['A motor', (bench) => bench.desk.testMotor(DRONE, 1, true), /No motor was turned/],
  ['The door', (bench) => bench.desk.testDoor(DRONE, 'TEST', true), /door was not moved/],
] as const satisfies readonly (readonly [
  string,
  (bench: Awaited<ReturnType<typeof benchDesk>>) => Promise<void>,
  RegExp,
])[];

describe.each(MOVEMENTS)('%s is not moved', (_, move, nothing) => {
  test('while the drone is armed, in the air, on a mission, or does not say that it stands', async () => {
    const bench = await benchDesk();
    await bench.start();
    const autopilot = bench.fleet.vehicles[0]?.autopilot;
    if (autopilot === undefined) throw new Error('There is no drone.');
    const refusal = async (): Promise<string> => {
      const refused = await bench.finish(move(bench)).then(
        () => 'done',
        (error: Error) => error.message,
      );
      expect(refused).toMatch(nothing);
      return refused;
    };
    bench.busy.sentence = `${DRONE} flies a mission.`;
    expect(await refusal()).toMatch(/flies a mission/);
    bench.busy.sentence = null;
    bench.landedState('UNKNOWN');
    expect(await refusal()).toMatch(/does not say that it is on the ground/);
    bench.landedState('LANDING');
    expect(await refusal()).toMatch(/in the air/);
    bench.landedState(null);
    autopilot.arm(true);
    await bench.run(2);
    expect(await refusal()).toMatch(/is armed/);
    autopilot.disarm(true);
    await bench.run(2);
    bench.recorded(true);
    expect(await refusal()).toMatch(/This is a recording/);
    expect(autopilot.motorTest.motor).toBeNull();
    expect(compartment(bench)).toMatchObject({ door: 'CLOSED', servoUs: 1_100 });
  });
});

describe('photos and notes', () => {
  const PNG = Buffer.from('89504e470d0a1a0a00000000', 'hex').toString('base64');

  test('a photo can be taken back before signing; an item that needs it is open again', async () => {
    const bench = await benchDesk();
    await bench.start();
    const photo = { itemId: 'frame', mediaType: 'image/png', base64: PNG };
    bench.desk.addPhoto(DRONE, photo);
    bench.desk.addPhoto(DRONE, photo);
    bench.desk.setManual(DRONE, { itemId: 'frame', result: 'DONE', note: 'dent' }, ANNA);
    const kept = (): readonly string[] =>
      (bench.desk.photosOf(bench.check().healthCheckId) ?? []).map(({ photoId }) => photoId);
    const [first = '', second = ''] = kept();
    bench.desk.removePhoto(DRONE, first);
    expect(kept()).toEqual([second]);
    expect(bench.check().manual[2]).toMatchObject({ result: 'DONE', photos: 1 });
    bench.desk.removePhoto(DRONE, second);
    expect(bench.check().manual[2]).toMatchObject({ result: 'OPEN', photos: 0, note: 'dent' });
    expect(() => bench.desk.removePhoto(DRONE, second)).toThrow(/not in the check any more/);
  });

  test('what is written and not ticked is kept with the check, and signed with it', async () => {
    const bench = await benchDesk();
    await bench.start();
    bench.desk.keepNote(DRONE, 'pads', 'Label is', ANNA);
    bench.desk.setManual(DRONE, { itemId: 'props', result: 'DONE', note: null }, ANNA);
    bench.desk.keepNote(DRONE, 'props', 'too late', ANNA);
    expect(bench.check().manual[0]).toMatchObject({ result: 'DONE', note: null });
    expect(bench.check().manual[1]).toMatchObject({ result: 'OPEN', note: 'Label is', byName: 'Anna' });
    await bench.sign({ decision: 'MAINTENANCE' });
    expect(bench.signed[0]?.manual[1]).toMatchObject({ result: 'OPEN', note: 'Label is' });
  });
});
