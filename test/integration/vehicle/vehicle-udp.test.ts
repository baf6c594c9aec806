import { afterEach, describe, expect, it, vi } from 'vitest';
import { openLinks } from '../../../main/station/link/link-set.ts';
import { systemClock } from '../../../main/station/ports/clock.ts';
import { createVehicles } from '../../../main/station/vehicle/vehicle-registry.ts';
import { CopterPeer } from '../../support/copter-peer.ts';
import { freeUdpPort, UdpPeer } from '../../support/udp-peer.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function station() {
  const port = await freeUdpPort();
  const links = openLinks({ addresses: [`udpin:127.0.0.1:${port}`], clock: systemClock, log: silent });
  const vehicles = createVehicles({ links, clock: systemClock, log: silent });
  closing.push(
    () => vehicles.close(),
    () => links.close(),
  );
  await vi.waitFor(() => expect(links.status()[0]?.state).toBe('OPEN'));
  const copter = async (systemId: number): Promise<CopterPeer> => {
    const socket = await UdpPeer.open(port);
    const peer = new CopterPeer(systemId, systemClock, (bytes) => socket.send(bytes));
    socket.onDatagram = (bytes) => peer.receive(bytes);
    closing.push(
      () => peer.stop(),
      () => socket.close(),
    );
    peer.heartbeat();
    return peer;
  };
  return { links, vehicles, copter };
}

describe('vehicles over UDP', () => {
  it('meets two copters on one port, reads and commands each of them alone', async () => {
    const { vehicles, copter } = await station();
    const [first, second] = [await copter(1), await copter(2)];
    await vi.waitFor(
      () => expect(vehicles.states().map(({ position }) => position?.altitudeAmslM)).toEqual([52, 52]),
      { timeout: 5_000 },
    );
    const aircraft = vehicles.find(2);
    const plan = [
      { kind: 'TAKEOFF', altitudeRelativeHomeM: 60 },
      { kind: 'LAND', position: { latitudeDeg: 42.3655, longitudeDeg: -71.0605 } },
    ] as const;
    expect(await aircraft?.uploadPlan(plan)).toEqual({ state: 'ACCEPTED' });
    expect(await aircraft?.arm({ setsHome: true })).toEqual({ state: 'ACCEPTED' });
    expect(await aircraft?.startMission()).toEqual({ state: 'ACCEPTED' });
    await vi.waitFor(() => expect(aircraft?.state()).toMatchObject({ armed: true, modeKind: 'MISSION' }));
    const before = performance.now();
    let firstPacketMs = Number.POSITIVE_INFINITY;
    const returned = aircraft?.returnHome({
      onFirstPacket: () => {
        firstPacketMs = performance.now() - before;
      },
    });
    // Abort click to first packet: at most 100 ms; here it is the same turn of the event loop.
    expect(firstPacketMs).toBeLessThan(100);
    expect(await returned).toEqual({ state: 'ACCEPTED' });
    expect(second.plan).toHaveLength(3);
    expect(first.plan).toEqual([]);
    expect(first.commands.filter(({ command }) => command !== 511 && command !== 512)).toEqual([]);
    expect(second.commands.every(({ targetSystem }) => targetSystem === 2)).toBe(true);
  });
});
