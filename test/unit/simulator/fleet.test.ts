import { createHash } from 'node:crypto';
import { common, minimal } from 'node-mavlink';
import { describe, expect, it } from 'vitest';
import { readCommandLine, readControlLine } from '../../../main/simulator/command-line.ts';
import { readMessages } from '../../../main/simulator/dialect.ts';
import type { FaultName } from '../../../main/simulator/faults.ts';
import { BASE_SITES, DEFAULT_FLEET, fleetOf } from '../../../main/simulator/fleet-table.ts';
import { seededRandom } from '../../../main/simulator/random.ts';
import { namedScenario, parseScenario } from '../../../main/simulator/scenario.ts';
import { readFrames } from '../../../main/simulator/wire.ts';
import { GroundLink } from './ground-link.ts';

function sequenceGaps(link: GroundLink): { heard: number; lost: number } {
  const frames = link.heard.filter((one) => one.componentId === 1);
  let lost = 0;
  frames.reduce((before, one) => {
    lost += (one.sequence - before.sequence - 1) & 0xff;
    return one;
  });
  return { heard: frames.length, lost };
}

function withFault(fault: FaultName, value: number): GroundLink {
  const link = new GroundLink({ eagerRates: true });
  link.fleet.setFault({ droneId: '*', fault, on: true, value });
  return link;
}

describe('determinism', () => {
  const digest = (seed: number): string => {
    const link = new GroundLink({ seed, drones: DEFAULT_FLEET, eagerRates: true });
    link.run(3);
    link.command(176, [1, 4]);
    link.command(400, [1]);
    link.command(22, [0, 0, 0, 0, 0, 0, 15]);
    link.fleet.setFault({ droneId: '*', fault: 'packet-loss', on: true, value: 0.1 });
    link.fleet.setFault({ droneId: 'Alpha-3', fault: 'reordering', on: true, value: 0.3 });
    link.run(20);
    return createHash('sha256').update(Buffer.concat(link.bytes)).digest('hex');
  };

  it('gives the same bytes for the same seed and inputs, others for another seed', () => {
    const first = digest(11);
    expect(digest(11)).toBe(first);
    expect(digest(12)).not.toBe(first);
  });

  it('does not depend on how time is cut', () => {
    const cut = (pieceMs: number): string => {
      const link = new GroundLink({ seed: 3, eagerRates: true, heartbeats: false });
      for (let at = 0; at < 6_000; at += pieceMs) link.fleet.step(pieceMs);
      return createHash('sha256').update(Buffer.concat(link.bytes)).digest('hex');
    };
    expect(cut(7.5)).toBe(cut(60));
  });
});

describe('link faults', () => {
  it('loses the share of packets it is told to lose', () => {
    const link = withFault('packet-loss', 0.2);
    link.run(300);
    const { heard, lost } = sequenceGaps(link);
    expect(lost / (heard + lost)).toBeGreaterThan(0.17);
    expect(lost / (heard + lost)).toBeLessThan(0.23);
  });

  it('delays both ways without reordering', () => {
    const link = withFault('delay', 500);
    link.run(3);
    const sentMs = link.fleet.nowMs;
    link.send(Object.assign(new common.TimeSync(), { tc1: 0n, ts1: 77n }));
    link.until(() => link.all(common.TimeSync).some((one) => one.ts1 === 77n), 3, 'the answer');
    expect(link.fleet.nowMs - sentMs).toBeGreaterThanOrEqual(1_000);
    expect(link.fleet.nowMs - sentMs).toBeLessThanOrEqual(1_150);
    expect(sequenceGaps(link).lost).toBe(0);
  });

  it('reorders when told to, losing nothing', () => {
    const link = withFault('reordering', 0.3);
    link.run(30);
    link.fleet.setFault({ droneId: '*', fault: 'reordering', on: false, value: 0 });
    link.run(1);
    const sequences = link.heard.filter((one) => one.componentId === 1).map((one) => one.sequence);
    const backwards = sequences.filter((one, index) => {
      const before = sequences[index - 1];
      return before !== undefined && ((one - before) & 0xff) > 128;
    });
    expect(backwards.length).toBeGreaterThan(10);
    const missing = new Set(Array.from({ length: 200 }, (_, index) => index));
    for (const sequence of sequences) missing.delete(sequence);
    expect(missing.size).toBe(0);
  });

  it('drops the link both ways, and comes back', () => {
    const link = withFault('link-drop', 1);
    link.run(5);
    expect(link.heard).toHaveLength(0);
    link.fleet.setFault({ droneId: '*', fault: 'link-drop', on: false, value: 0 });
    link.run(2);
    expect(link.all(minimal.Heartbeat).length).toBeGreaterThan(1);
  });
});

describe('the fleet', () => {
  it('has the six drones at their bases, and never more than 250', () => {
    const summary = DEFAULT_FLEET.map((drone) => `${drone.systemId} ${drone.droneId} ${drone.baseStationId}`);
    expect(summary).toEqual([
      '1 Alpha-1 BOS-1',
      '2 Alpha-3 BOS-1',
      '3 Bravo-4 BOS-2',
      '4 Charlie-2 BOS-2',
      '5 Delta-1 BOS-3',
      '6 Echo-2 BOS-3',
    ]);
    for (const drone of DEFAULT_FLEET) {
      const base = BASE_SITES.find((site) => site.baseStationId === drone.baseStationId);
      expect(drone.latitudeDeg).toBe(base?.latitudeDeg);
      expect(Math.abs(drone.longitudeDeg - (base?.longitudeDeg ?? 0))).toBeLessThan(0.0002);
    }
    const many = fleetOf(1_000, seededRandom(1));
    expect(many).toHaveLength(250);
    expect(new Set(many.map((drone) => drone.systemId)).size).toBe(250);
  });

  it('runs scenarios: charge, wind, faults that come and go', () => {
    const scenario = parseScenario(
      JSON.stringify({
        battery: { 'Alpha-1': 44 },
        events: [{ atS: 2, drone: 'Alpha-1', fault: 'link-drop', forS: 3 }],
      }),
    );
    const link = new GroundLink({ scenario, eagerRates: true });
    link.run(10);
    expect(Math.round(link.vehicle.battery.percent)).toBe(44);
    const quiet = link.heard.filter((one) => one.atMs > 2_020 && one.atMs < 4_980);
    expect(quiet).toHaveLength(0);
    expect(link.heard.some((one) => one.atMs > 5_000)).toBe(true);
    expect(namedScenario('bad-day').events.length).toBeGreaterThan(3);
    expect(() => namedScenario('none')).toThrow('There are: ');
    expect(() => parseScenario('{"events":[{"atS":1,"fault":"unheard-of"}]}')).toThrow();
  });

  it('refuses unknown drones, faults and settings in words', () => {
    const link = new GroundLink();
    expect(() => new GroundLink({ batteryPercent: new Map([['Zulu-9', 5]]) })).toThrow('There is no drone');
    expect(() => new GroundLink({ scenario: namedScenario('jammed-door') })).toThrow('"Alpha-3"');
    expect(() => link.fleet.setBattery('Zulu-9', 50)).toThrow('There is no drone "Zulu-9".');
    expect(() => readCommandLine(['--fault', 'Alpha-3:broken'])).toThrow('Unknown fault "broken"');
    expect(() => readCommandLine(['--speed', 'fast'])).toThrow('--speed must be a number');
    expect(() => readControlLine('fly home')).toThrow('neither');
    expect(readControlLine('fault * packet-loss 0.3')).toEqual({
      kind: 'FAULT',
      request: { droneId: '*', fault: 'packet-loss', on: true, value: 0.3 },
    });
    expect(readCommandLine(['--battery', 'Alpha-3=37']).batteryPercent.get('Alpha-3')).toBe(37);
  });
});

describe('the wire', () => {
  it('reads a dialect to the same layout and CRC seed as the generated classes have', () => {
    const xml = `
      <message id="77" name="COMMAND_ACK"><description>x</description>
        <field type="uint16_t" name="command" enum="MAV_CMD">c</field><field type="uint8_t" name="result">r</field>
        <extensions/><field type="uint8_t" name="progress">p</field><field type="int32_t" name="result_param2">q</field>
        <field type="uint8_t" name="target_system">t</field><field type="uint8_t" name="target_component">u</field>
      </message>
      <message id="147" name="BATTERY_STATUS">
        <field type="uint8_t" name="id">a</field><field type="uint8_t" name="battery_function">b</field>
        <field type="uint8_t" name="type">c</field><field type="int16_t" name="temperature" invalid="INT16_MAX">d</field>
        <field type="uint16_t[10]" name="voltages" units="mV">e</field><field type="int16_t" name="current_battery">f</field>
        <field type="int32_t" name="current_consumed">g</field><field type="int32_t" name="energy_consumed">h</field>
        <field type="int8_t" name="battery_remaining">i</field>
      </message>`;
    const read = readMessages(xml);
    expect(read.get('COMMAND_ACK')?.MAGIC_NUMBER).toBe(common.CommandAck.MAGIC_NUMBER);
    expect(read.get('BATTERY_STATUS')?.MAGIC_NUMBER).toBe(common.BatteryStatus.MAGIC_NUMBER);
    const layout = (fields: readonly { name: string; offset: number; type: string; length: number }[]) =>
      fields.map(({ name, offset, type, length }) => ({ name, offset, type, length }));
    expect(layout(read.get('COMMAND_ACK')?.FIELDS ?? [])).toEqual(layout(common.CommandAck.FIELDS));
  });

  it('skips noise and damaged frames and reads what is intact', () => {
    const link = new GroundLink();
    link.run(2);
    const [good, other] = link.bytes;
    if (good === undefined || other === undefined) throw new Error('nothing was sent');
    const damaged = Buffer.from(good);
    damaged[12] = (damaged[12] ?? 0) ^ 0xff;
    const noise = Buffer.from([1, 0xfd, 3, 0xfe, 9]);
    const frames = readFrames(Buffer.concat([noise, damaged, good, noise, good.subarray(0, 9)]));
    expect(frames.map((frame) => frame.systemId)).toEqual([1]);
  });

  it('keeps one payload byte in a message of zeros', () => {
    const link = new GroundLink();
    link.run(2);
    link.command(512, [162]);
    const frame = link.bytes.findLast((bytes) => bytes.readUIntLE(7, 3) === 162);
    expect(frame?.[1]).toBe(1);
    expect(readFrames(frame ?? Buffer.alloc(0))).toHaveLength(1);
  });
});
