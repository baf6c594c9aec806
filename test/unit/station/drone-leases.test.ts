import { expect, test } from 'vitest';
import type { LeaseAnswer } from '../../../db/sync/wire.ts';
import { createDroneLeases } from '../../../main/station/drone-leases.ts';
import { RemoteFlights } from '../../../main/station/remote-flights.ts';
import { launchWithLease } from '../../../main/station/station-wiring.ts';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What the centre was asked, and what it answers. */
function world(answers: Record<string, LeaseAnswer | { state: 'UNKNOWN' }> = {}) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const raised = new Map<string, string>();
  const changed = new Set<() => void>();
  const own = new Map<string, string>();
  const flights = () => [...own].map(([droneId, missionId]) => ({ droneId, missionId }));
  let others: MissionSummary[] = [];
  const remote = new RemoteFlights({
    read: {
      remoteMissions: async () => others as never,
      remoteDrones: async () => [{ droneId: 'South-1', stationId: 'south' }],
    },
    summaryOf: (record) => record as unknown as MissionSummary,
    ownFlights: flights,
    live: () => null,
    alerts: {
      raise: ({ cause, sentence }) => void raised.set(cause, sentence),
      clear: (cause) => void raised.delete(cause),
    },
    clock,
    log: quiet,
  });
  const leases = createDroneLeases({
    link: () => ({
      async holdDrone(droneId, missionId) {
        asked.push(`${droneId} ${missionId}`);
        return answers[droneId] ?? { state: 'HELD' };
      },
    }),
    flights,
    remote,
    subscribe(listener) {
      changed.add(listener);
      return () => void changed.delete(listener);
    },
    clock,
    log: quiet,
  });
  return {
    ...{ clock, asked, raised, remote, leases },
    async fly(droneId: string, missionId: string | null) {
      if (missionId === null) own.delete(droneId);
      else own.set(droneId, missionId);
      for (const listener of changed) listener();
      await settle();
    },
    async othersFly(...missions: MissionSummary[]) {
      others = missions;
      remote.refresh();
      await settle();
    },
  };
}

const remoteMission = (changes: Partial<MissionSummary>): MissionSummary =>
  ({
    missionId: 'm9',
    droneId: 'Alpha-1',
    phase: 'OUTBOUND',
    remoteStationId: 'south',
    ...changes,
  }) as MissionSummary;

test('S14: a drone that another station holds is not launched, and whoever asks next is told at once', async () => {
  const { leases, remote, asked } = world({ 'Alpha-1': { state: 'TAKEN', byStationId: 'south' } });
  const launched: string[] = [];
  const desk = { launch: async ({ droneId }: { droneId: string }) => void launched.push(droneId) };
  await expect(launchWithLease({ decisionId: 'd1', droneId: 'Alpha-1' }, leases, desk)).rejects.toMatchObject(
    { code: 'NO_GO', message: expect.stringContaining('station south holds it') },
  );
  expect(launched).toEqual([]);
  expect(remote.holderOf('Alpha-1')).toBe('south');
  expect(asked).toEqual(['Alpha-1 d1']);
});

test('S14: without an answer the station that hears the drone has it', async () => {
  const { leases, remote } = world({ 'Alpha-1': { state: 'UNKNOWN' } });
  await launchWithLease({ decisionId: 'd1', droneId: 'Alpha-1' }, leases, { launch: async () => undefined });
  expect(remote.holderOf('Alpha-1')).toBeNull();
});

test('what is flown is held until it is over; a launch that did not happen gives the drone back', async () => {
  const { leases, asked, fly, clock } = world();
  await fly('Alpha-1', 'm1');
  clock.advance(30_000);
  await settle();
  await fly('Alpha-1', null);
  expect(asked).toEqual(['Alpha-1 m1', 'Alpha-1 m1', 'Alpha-1 null']);
  asked.length = 0;
  const refuses = { launch: () => Promise.reject(new Error('no-go')) };
  await expect(launchWithLease({ decisionId: 'd2', droneId: 'Alpha-2' }, leases, refuses)).rejects.toThrow(
    'no-go',
  );
  await settle();
  expect(asked).toEqual(['Alpha-2 d2', 'Alpha-2 null']);
});

test('S14: one drone flown by two stations that were apart is a warning until one of them ends', async () => {
  const { raised, fly, othersFly, remote } = world();
  await fly('Alpha-1', 'm1');
  await othersFly(remoteMission({}));
  expect(raised.get('flown-twice:Alpha-1')).toContain('Call south now');
  expect(remote.stationOfMission('m9')).toBe('south');
  await othersFly(remoteMission({ phase: 'OVER' }));
  expect(raised.size).toBe(0);
});

test('a lease that the centre told of is forgotten when it ends', async () => {
  const { remote, clock } = world();
  remote.heldBy('Alpha-1', 'south');
  expect(remote.holderOf('Alpha-1')).toBe('south');
  clock.advance(90_001);
  expect(remote.holderOf('Alpha-1')).toBeNull();
  expect(remote.drone('South-1')).toBeNull();
  await settle();
  expect(remote.drone('South-1')).toMatchObject({ stationId: 'south', availability: 'UNKNOWN', place: null });
});
