import { describe, expect, test } from 'vitest';
import { ANNA, BEN, benchDesk, DRONE } from './bench-desk.ts';

const PNG = Buffer.from('89504e470d0a1a0a00000000', 'hex').toString('base64');
const WINDOW_S = 21;

describe('the automatic part', () => {
  test('fills in, passes on a sound drone with its motors turned, and is signed READY', async () => {
    const bench = await benchDesk();
    await bench.run(30);
    await bench.start();
    expect(bench.check().automatic.some(({ result }) => result === 'WAITING')).toBe(true);
    await expect(bench.sign()).rejects.toThrow(/still being measured/);
    await bench.run(WINDOW_S);
    await bench.turnAll();
    await bench.testDoor();
    const { automatic, untested, collected } = bench.check();
    const told = automatic.map(({ checkId, result, sentence }) => `${checkId} ${result} ${sentence ?? ''}`);
    expect(told.filter((line) => / (FAIL|CAUTION|WAITING) /.test(line))).toEqual([]);
    expect({ untested, collected }).toEqual({ untested: [], collected: 1 });
    expect(automatic.filter(({ result }) => result === 'PASS').length).toBeGreaterThan(50);
    bench.tick();
    expect(bench.check().obstacles).toEqual([]);
    const signed = await bench.sign();
    expect(signed).toMatchObject({ decision: 'READY', firmware: 'ArduCopter 4.6.3' });
    expect(bench.checkedFlights).toEqual([DRONE]);
    expect(bench.desk.current(DRONE)).toBeNull();
  });

  test.each([
    ['low-cell', undefined, ['battery-cell-spread', 'sensor-battery-monitor', 'pre-arm']],
    ['compass-error', undefined, ['compass-agreement', 'ekf-compass', 'sensor-compass', 'pre-arm']],
    [
      'gps-loss',
      undefined,
      ['gps-fix', 'gps-satellites', 'gps-hdop', 'ekf-position', 'remote-id', 'pre-arm'],
    ],
    ['hot-accelerator', undefined, ['computer-temperature', 'computer-throttling']],
    ['inference-stopped', undefined, ['inference-state', 'inference-rate']],
    ['refused-arm', undefined, ['pre-arm']],
  ] as const)('finds %s', async (fault, value, expected) => {
    const bench = await benchDesk();
    bench.fault(fault, value);
    await bench.run(40);
    await bench.start();
    await bench.run(WINDOW_S);
    const failed = bench.check().automatic.filter(({ result }) => result === 'FAIL');
    expect(failed.map(({ checkId }) => checkId)).toEqual(expect.arrayContaining([...expected]));
    expect(failed.every(({ remedy, measured }) => remedy !== null && measured !== null)).toBe(true);
    bench.tick();
    await expect(bench.sign({ untestedReason: 'All is well.' })).rejects.toThrow(/cannot be released/);
    expect(await bench.sign({ decision: 'MAINTENANCE' })).toMatchObject({ decision: 'MAINTENANCE' });
  });

  test.each([
    ['a worn motor', 0.5, { 'motor-rpm': 'FAIL', 'motor-current': 'FAIL' }],
    ['a dead motor', 1, { 'motor-4': 'FAIL', 'motor-rpm': 'FAIL' }],
  ])('the motor test finds %s', async (_, value, expected) => {
    const bench = await benchDesk();
    bench.fault('motor-failure', value);
    await bench.run(5);
    await bench.start();
    await bench.turnAll();
    for (const [checkId, result] of Object.entries(expected))
      expect(bench.item(checkId)).toMatchObject({ checkId, result });
  });

  test('the motor test shakes what is loose', async () => {
    const bench = await benchDesk();
    bench.fault('vibration');
    await bench.start();
    await bench.turn(1);
    expect(bench.item('vibration-z')?.result).toBe('FAIL');
  });

  test('PX4 says the same in its own messages, and names outputs as they are', async () => {
    const { PX4 } = await import('../../../main/simulator/firmware.ts');
    const bench = await benchDesk({ firmware: PX4 });
    await bench.run(20);
    await bench.start();
    await bench.run(WINDOW_S);
    await bench.turnAll();
    for (const checkId of [
      'ekf-position',
      'compass-agreement',
      'magnetic-field',
      'motor-2',
      'motor-rpm',
      'motor-current',
    ])
      expect(bench.item(checkId)).toMatchObject({ checkId, result: 'PASS' });
    expect(bench.item('motor-2')?.measured).not.toContain('output');
  });
});

describe('a drone that is unplugged', () => {
  test('keeps its values, is told, and begins anew when it is plugged in again', async () => {
    const bench = await benchDesk();
    await bench.start();
    await bench.run(WINDOW_S);
    await bench.turn(1);
    const before = bench.item('gps-fix');
    bench.path.up = false;
    await bench.run(15);
    expect(bench.check().interrupted).toMatch(/Plug it in again/);
    expect(bench.item('gps-fix')).toEqual(before);
    expect(bench.check().obstacles[0]).toMatch(/Plug it in again/);
    await expect(bench.turn(2)).rejects.toThrow(/No motor was turned/);
    bench.path.up = true;
    await bench.run(5);
    expect(bench.check().interrupted).toBeNull();
    expect(bench.check().collected).toBeLessThan(1);
    expect(bench.item('motor-1')?.result).toBe('WAITING');
    await bench.run(WINDOW_S);
    expect(bench.item('gps-fix')?.result).toBe('PASS');
    expect(bench.item('motor-1')?.result).toBe('NOT_TESTABLE');
  });

  test('so shortly that nobody missed it, begins anew all the same', async () => {
    const bench = await benchDesk();
    await bench.run(10);
    await bench.start();
    await bench.run(WINDOW_S);
    await bench.turn(1);
    expect(bench.item('motor-1')?.result).toBe('PASS');
    bench.fault('reboot');
    await bench.run(12);
    expect(bench.item('motor-1')?.result).not.toBe('PASS');
    await bench.run(2 * WINDOW_S);
    expect(bench.item('compass-agreement')?.result).toBe('PASS');
    expect(bench.item('battery-cycles')?.result).toBe('PASS');
  });

  test('while its motor turns, has no evidence of it', async () => {
    const bench = await benchDesk();
    await bench.start();
    const test = bench.desk.testMotor(DRONE, 1, true);
    await bench.run(1);
    bench.path.up = false;
    await expect(bench.finish(test)).rejects.toThrow(/Test it again/);
    expect(bench.check().motorTest).toBeNull();
  });
});

describe('motors', () => {
  test('are not turned unless the propellers are off, nor twice at once', async () => {
    const bench = await benchDesk();
    await bench.start();
    await expect(bench.desk.testMotor(DRONE, 1, false)).rejects.toThrow(/propellers off/);
    const first = bench.desk.testMotor(DRONE, 1, true);
    await expect(bench.desk.testMotor(DRONE, 2, true)).rejects.toThrow(/Motor 1 is turning/);
    await bench.run(0.5);
    expect(() => bench.desk.discard(DRONE)).toThrow(/motor is turning/);
    await expect(bench.sign({ decision: 'OFFLINE' })).rejects.toThrow(/motor is turning/);
    await bench.finish(first);
    expect(bench.fleet.vehicles[0]?.autopilot.motorTest.motor).toBeNull();
  });

  test('are not turned while it is armed, flies a mission, or does not say that it stands', async () => {
    const bench = await benchDesk();
    await bench.start();
    const autopilot = bench.fleet.vehicles[0]?.autopilot;
    if (autopilot === undefined) throw new Error('There is no drone.');
    bench.busy.sentence = `${DRONE} flies a mission.`;
    await expect(bench.turn(1)).rejects.toThrow(/flies a mission.*No motor was turned/);
    expect(bench.check().obstacles).toContain(`${DRONE} flies a mission.`);
    bench.busy.sentence = null;
    autopilot.arm(true);
    await bench.run(2);
    await expect(bench.turn(1)).rejects.toThrow(/armed. No motor was turned/);
    expect(bench.check().obstacles).toContain('The drone is armed.');
    autopilot.disarm(true);
    autopilot.landed = false;
    autopilot.airframe.onGround = false;
    autopilot.airframe.upM = 500;
    await bench.run(2);
    await expect(bench.turn(1)).rejects.toThrow(/in the air. No motor was turned/);
    expect(autopilot.motorTest.motor).toBeNull();
  });

  test('that the drone refuses to turn are refused in words', async () => {
    const bench = await benchDesk();
    bench.fault('refused-arm');
    await bench.start();
    await expect(bench.turn(1)).rejects.toThrow(/turn the motor/);
    expect(bench.check().motorTest).toBeNull();
  });
});

describe('the part by hand', () => {
  test('wants its evidence, and bounds its photos', async () => {
    const bench = await benchDesk();
    await bench.start();
    const { desk } = bench;
    const set = (itemId: string, result: 'DONE' | 'DEFECT', note: string | null = null) =>
      desk.setManual(DRONE, { itemId, result, note }, ANNA);
    expect(() => set('pads', 'DONE', '  ')).toThrow(/write down/);
    expect(() => set('frame', 'DONE')).toThrow(/take a photo/);
    expect(() => set('props', 'DEFECT')).toThrow(/say what is wrong/);
    expect(() => set('wings', 'DONE')).toThrow(/no such item/);
    const photo = (itemId: string, base64: string, mediaType = 'image/png') =>
      desk.addPhoto(DRONE, { itemId, mediaType, base64 });
    expect(() => photo('frame', Buffer.from('<svg onload=x>').toString('base64'))).toThrow(/no JPEG/);
    expect(() => photo('frame', PNG, 'image/jpeg')).toThrow(/no JPEG/);
    const large = Buffer.concat([Buffer.from(PNG, 'base64'), Buffer.alloc(2_000_000)]).toString('base64');
    expect(() => photo('frame', large)).toThrow(/too large/);
    for (let count = 0; count < 4; count++) photo('frame', PNG);
    expect(() => photo('frame', PNG)).toThrow(/4 photos/);
    set('frame', 'DONE');
    set('props', 'DEFECT', 'nick in the second blade');
    expect(bench.check().manual).toMatchObject([
      { itemId: 'props', result: 'DEFECT', note: 'nick in the second blade', byName: 'Anna' },
      { itemId: 'pads', result: 'OPEN' },
      { itemId: 'frame', result: 'DONE', photos: 4 },
    ]);
    expect(bench.check().obstacles).toContain('Propellers: nick in the second blade');
  });
});

describe('signing', () => {
  test('READY without a tested item needs a reason, which is kept; a date must come', async () => {
    const bench = await benchDesk();
    await bench.run(30);
    await bench.start();
    await bench.run(WINDOW_S);
    bench.tick();
    expect(bench.check().untested).toContain('Motor 1 turns');
    await expect(bench.sign()).rejects.toThrow(/Motor 1 turns.*Say why/);
    await expect(bench.sign({ untestedReason: ' ' })).rejects.toThrow(/Say why/);
    const untestedReason = 'Turned yesterday.';
    await expect(bench.sign({ untestedReason, nextDue: '2020-01-01' })).rejects.toThrow(/later date/);
    await bench.sign({ untestedReason, nextDue: '2030-01-01' });
    expect(bench.signed).toMatchObject([{ untestedReason, nextDue: '2030-01-01', decision: 'READY' }]);
  });

  test('once: nothing changes meanwhile, and a failure of the records keeps the check open', async () => {
    const bench = await benchDesk();
    await bench.start();
    let record = (): void => {};
    bench.recording.waitFor = new Promise((resolve) => {
      record = resolve;
    });
    const first = bench.sign({ decision: 'OFFLINE' });
    await expect(bench.sign({ decision: 'READY' })).rejects.toThrow(/being signed/);
    expect(() => bench.desk.discard(DRONE)).toThrow(/being signed/);
    expect(() => bench.desk.setManual(DRONE, { itemId: 'props', result: 'DONE', note: null }, BEN)).toThrow(
      /being signed/,
    );
    bench.recording.failure = new Error('disk full');
    record();
    await expect(first).rejects.toThrow('disk full');
    expect(bench.signed).toEqual([]);
    expect(bench.check().droneId).toBe(DRONE);
    bench.recording.failure = null;
    await bench.sign({ decision: 'OFFLINE' });
    expect(bench.signed).toHaveLength(1);
  });
});

describe('who may begin', () => {
  test('one check of a drone at a time, also when two begin at once; nothing is left of a discarded one', async () => {
    const bench = await benchDesk();
    const both = await bench.finish(
      Promise.allSettled([bench.desk.start(DRONE, ANNA), bench.desk.start(DRONE, BEN)]),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await bench.run(5);
    bench.tick();
    bench.desk.addPhoto(DRONE, { itemId: 'frame', mediaType: 'image/png', base64: PNG });
    bench.desk.discard(DRONE);
    expect(bench.desk.current(DRONE)).toBeNull();
    await bench.start();
    expect(bench.check().manual.every(({ result, photos }) => result === 'OPEN' && photos === 0)).toBe(true);
    expect(bench.signed).toEqual([]);
  });

  test('not armed, on a mission, out of contact or unknown drones', async () => {
    const bench = await benchDesk();
    await expect(bench.desk.start('Zulu-9', ANNA)).rejects.toThrow(/no drone Zulu-9/);
    bench.busy.sentence = `${DRONE} flies a mission.`;
    await expect(bench.start()).rejects.toThrow(/flies a mission/);
    bench.busy.sentence = null;
    bench.fleet.vehicles[0]?.autopilot.arm(true);
    await bench.run(2);
    await expect(bench.start()).rejects.toThrow(/armed/);
    bench.path.up = false;
    await bench.run(30);
    await expect(bench.start()).rejects.toThrow(/out of contact/);
  });

  test('a check leaves the rates as they were', async () => {
    const bench = await benchDesk();
    await bench.run(10);
    await bench.start();
    await bench.run(5);
    const heard = new Set<number>();
    bench.desk.discard(DRONE);
    await bench.run(5);
    bench.links.onFrame(({ messageId }) => void heard.add(messageId));
    await bench.run(10);
    expect([27, 116, 125].filter((messageId) => heard.has(messageId))).toEqual([]);
    expect(heard.has(33)).toBe(true);
  });
});

test('the baseline: read in this check, compared without what differs by nature, told name by name', async () => {
  const bench = await benchDesk();
  await bench.start();
  await expect(bench.desk.approveBaseline(DRONE, ANNA)).rejects.toThrow(/Read them first/);
  await bench.finish(bench.desk.readParameters(DRONE));
  expect(bench.check().parametersRead?.count).toBe(bench.tools().held?.parameters.length);
  await bench.finish(bench.desk.approveBaseline(DRONE, ANNA));
  expect(bench.item('parameters')?.result).toBe('PASS');
  expect(bench.item('firmware')?.result).toBe('PASS');
  await bench.finish(bench.tools().setParameter('RTL_ALT', 4_500));
  await bench.finish(bench.tools().setParameter('STAT_BOOTCNT', 99));
  expect(bench.item('parameters')).toMatchObject({ result: 'CAUTION', measured: '1 differ' });
  expect(bench.item('parameters')?.sentence).toContain('RTL_ALT is 4500, approved 3000');
  expect(await bench.desk.baselineDifferences(DRONE)).toEqual([
    { name: 'RTL_ALT', approved: 3_000, held: 4_500 },
  ]);
  bench.desk.discard(DRONE);
  await bench.start();
  expect(bench.item('parameters')?.result).toBe('WAITING');
});
