import { expect, test } from 'vitest';
import { MAV_RESULT } from '../../../main/station/mavlink/generated/enums.ts';
import { COMMAND_ACK, COMMAND_INT, COMMAND_LONG } from '../../../main/station/mavlink/generated/messages.ts';
import { type CommandOutcome, CommandProtocol } from '../../../main/station/mavlink/protocol/command.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { wire } from '../../support/mavlink-wire.ts';

const SEEDS = Number(process.env.SEEDS ?? 300);

test('over a lossy link accepted means obeyed, refused means not, and most commands get through', async () => {
  const tally = { ACCEPTED: 0, REFUSED: 0, UNKNOWN: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const clock = new FakeClock();
    const ends = wire(clock, { seed, loss: 0.2, duplicates: 0, delayMs: 50 }, [255, 190], [1, 1]);
    const commands = new CommandProtocol(ends.station);
    ends.station.onFrame = (frame) => commands.receive(frame);
    const slowness = seededRandom(seed);
    const willing = seed % 3 !== 0;
    let state = 0;
    ends.vehicle.onFrame = (frame) => {
      const { command, param1 } = COMMAND_LONG.read(frame);
      if (willing) state = param1;
      const to = { targetSystem: 255, targetComponent: 190 };
      const ack = { ...to, command, result: willing ? 0 : 4, progress: 0, resultParam2: 0 };
      // Slower than our patience at times, so that commands are repeated and acks come late.
      clock.after(slowness.next() * 1300, () => ends.vehicle.send(COMMAND_ACK, ack));
    };
    // Arm, disarm, arm, each at once after the other: the acks of one must not count for the next.
    for (const wanted of [1, 2, 3]) {
      const parameters = [wanted, 0, 0, 0, 0, 0, 0];
      const run = commands.run({ systemId: 1, componentId: 1, command: 400, parameters });
      const got: CommandOutcome[] = [];
      void run.then((outcome) => got.push(outcome));
      for (let step = 0; step < 150 && got.length === 0; step++) await clock.run(50);
      const outcome = await run;
      tally[outcome.state]++;
      if (outcome.state === 'ACCEPTED') expect(state, `seed ${seed}`).toBe(wanted);
      if (outcome.state === 'REFUSED') expect(willing, `seed ${seed}`).toBe(false);
    }
  }
  console.log(`seeds 1 to ${SEEDS}: ${JSON.stringify(tally)}`);
  expect(tally.UNKNOWN / (3 * SEEDS)).toBeLessThan(0.1);
});

test('over a lossy link a vehicle that takes one form only obeys that one, and never what it refused', async () => {
  const tally = { ACCEPTED: 0, REFUSED: 0, UNKNOWN: 0 };
  for (let seed = 1; seed <= SEEDS / 3; seed++) {
    const clock = new FakeClock();
    const ends = wire(clock, { seed, loss: 0.2, duplicates: 0.1, delayMs: 300 }, [255, 190], [1, 1]);
    const commands = new CommandProtocol(ends.station);
    ends.station.onFrame = (frame) => commands.receive(frame);
    const intOnly = seed % 2 === 0;
    const only = intOnly ? COMMAND_INT.id : COMMAND_LONG.id;
    const obeyed: number[] = [];
    ends.vehicle.onFrame = (frame) => {
      if (frame.messageId === only) obeyed.push(frame.messageId);
      const refusal = intOnly ? MAV_RESULT.COMMAND_INT_ONLY : MAV_RESULT.COMMAND_LONG_ONLY;
      const result = frame.messageId === only ? MAV_RESULT.ACCEPTED : refusal;
      const to = { targetSystem: 255, targetComponent: 190 };
      ends.vehicle.send(COMMAND_ACK, { ...to, command: 192, result, progress: 0, resultParam2: 0 });
    };
    const place = { frame: 0, latitudeDeg: 42.36, longitudeDeg: -71.06, altitudeM: 60, sameAsLong: true };
    const run = commands.run({
      ...{ systemId: 1, componentId: 1, command: 192, parameters: [0, 0, 0, 0, 0, 0, 0] },
      ...(intOnly ? {} : { asInt: place }),
    });
    const got: CommandOutcome[] = [];
    void run.then((outcome) => got.push(outcome));
    for (let step = 0; step < 200 && got.length === 0; step++) await clock.run(50);
    const outcome = await run;
    tally[outcome.state]++;
    if (outcome.state === 'ACCEPTED') expect(obeyed.length, `seed ${seed}`).toBeGreaterThan(0);
  }
  expect(tally.REFUSED).toBe(0);
  expect(tally.UNKNOWN / (SEEDS / 3)).toBeLessThan(0.1);
});
