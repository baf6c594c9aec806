import { expect, test } from 'vitest';
import { checkHealth, healthTable } from '../../../main/headless/health-check-command.ts';
import { benchDesk, DRONE } from './bench-desk.ts';

test.each([
  ['a sound drone', null, 'PASS', /passes. Motors and door were not moved/],
  ['a wrong compass', 'compass-error', 'FAIL', /fails: .*Compasses agree/],
  ['no onboard computer', 'companion', 'NOT_TESTABLE', /does not report: .*AED self-test/],
] as const)(
  'the automatic part of %s takes less than a minute of its time',
  async (_, fault, result, sentence) => {
    const bench = await benchDesk();
    if (fault === 'companion') bench.carryOnly((componentId) => componentId !== 191);
    else if (fault !== null) bench.fault(fault);
    await bench.run(10);
    const report = await bench.finish(checkHealth({ health: bench.desk, clock: bench.clock }, DRONE));
    expect(report).toMatchObject({ drone: DRONE, result, sentence: expect.stringMatching(sentence) });
    expect(report.durationMs).toBeLessThan(60_000);
    expect(report.counts.WAITING).toBe(0);
    expect(healthTable(report).split('\n')).toHaveLength(report.items.length);
    expect(bench.desk.current(DRONE)).toBeNull();
  },
);

test('a drone that is not there is waited for, a minute of its time at most', async () => {
  const bench = await benchDesk();
  bench.path.up = false;
  await bench.run(30);
  const startedMs = bench.clock.monotonicMs();
  const report = await bench.finish(checkHealth({ health: bench.desk, clock: bench.clock }, DRONE));
  expect(report).toMatchObject({ result: 'NO_CONTACT', sentence: expect.stringMatching(/out of contact/) });
  expect(bench.clock.monotonicMs() - startedMs).toBeLessThan(62_000);
  await expect(checkHealth({ health: bench.desk, clock: bench.clock }, 'Zulu-9')).rejects.toThrow(/no drone/);
});
