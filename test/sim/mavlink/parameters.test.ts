import { expect, test } from 'vitest';
import { ARDUCOPTER, PX4 } from '../../../main/simulator/firmware.ts';
import { ParameterProtocol } from '../../../main/station/mavlink/protocol/parameters.ts';
import { DRONE, simulatedDrone } from '../../support/simulated-drone.ts';

const SEEDS = Number(process.env.SEEDS ?? 4);
const COUNT = 1_200;

test.each([
  ['C_CAST', ARDUCOPTER],
  ['BYTEWISE', PX4],
] as const)(
  `${COUNT} parameters come whole through loss, repeats and reordering: %s`,
  async (encoding, firmware) => {
    const times: number[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const weather = { seed, loss: 0.2, duplicates: 0.05, delayMs: 120 };
      const drone = simulatedDrone(weather, { firmware, parameterCount: COUNT, radioBytesPerS: 5_760 });
      const parameters = new ParameterProtocol(drone.port, DRONE);
      drone.connect(parameters);
      await drone.clock.run(2_000, 20);
      const startMs = drone.clock.monotonicMs();
      const progress: number[] = [];
      const request = {
        encoding,
        offersHash: firmware === PX4,
        onProgress: (percent: number) => progress.push(percent),
      };
      const outcome = await drone.finish(parameters.list(request));
      times.push(drone.clock.monotonicMs() - startMs);
      if (outcome.state !== 'DONE') throw new Error(`seed ${seed}: ${outcome.sentence}`);
      expect(outcome.parameters, `seed ${seed}`).toHaveLength(COUNT);
      expect(new Set(outcome.parameters.map(({ name }) => name)).size).toBe(COUNT);
      // Whole numbers below zero are where the two encodings differ most.
      expect(outcome.parameters.find(({ name }) => name === 'SIM_OPT0010')?.value, `seed ${seed}`).toBe(-190);
      expect(outcome.parameters.find(({ name }) => name === 'SIM_OPT0015')?.value).toBe(2.142857);
      expect(progress.at(-1)).toBe(100);

      const written = await drone.finish(parameters.write('SIM_OPT0010', -7, encoding));
      // At 20 % loss one exchange in some hundreds gets no answer: then it must say so.
      if (written.state === 'DONE') {
        expect(written).toMatchObject({ before: -190, parameter: { value: -7 } });
      } else expect(written.state).toBe('UNKNOWN');
    }
    console.log(`${encoding}: ${times.map((time) => (time / 1000).toFixed(1)).join(', ')} s`);
    expect(Math.max(...times)).toBeLessThan(40_000);
  },
);

test('a list that PX4 says has not changed is not read again; one that has is', async () => {
  const drone = simulatedDrone({ seed: 1, loss: 0, duplicates: 0, delayMs: 0 }, { firmware: PX4 });
  const parameters = new ParameterProtocol(drone.port, DRONE);
  drone.connect(parameters);
  await drone.clock.run(2_000, 20);
  const request = { encoding: 'BYTEWISE', offersHash: true } as const;
  const first = await drone.finish(parameters.list(request));
  const before = drone.bytesSent();
  expect(await drone.finish(parameters.list(request))).toEqual(first);
  expect(drone.bytesSent() - before).toBeLessThan(200);
  await drone.finish(parameters.write('RTL_RETURN_ALT', 45.5, 'BYTEWISE'));
  const third = await drone.finish(parameters.list(request));
  if (third.state !== 'DONE') throw new Error(third.sentence);
  expect(third.parameters.find(({ name }) => name === 'RTL_RETURN_ALT')?.value).toBe(45.5);
});
