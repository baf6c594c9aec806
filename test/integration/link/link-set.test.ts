import { common, minimal } from 'node-mavlink';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FrameWriter, message } from '../../../main/simulator/wire.ts';
import { type LinkSet, openLinks } from '../../../main/station/link/link-set.ts';
import { crcOf, crcOfByte } from '../../../main/station/mavlink/crc.ts';
import { systemClock } from '../../../main/station/ports/clock.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { freeUdpPort, UdpPeer } from '../../support/udp-peer.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function linksOn(...addresses: string[]): LinkSet {
  const links = openLinks({ addresses, clock: systemClock, log: silent });
  closing.push(() => links.close());
  return links;
}

async function peerOf(stationPort: number, port = 0): Promise<UdpPeer> {
  const peer = await UdpPeer.open(stationPort, port);
  closing.push(() => peer.close());
  return peer;
}

async function listening() {
  const port = await freeUdpPort();
  const links = linksOn(`udpin:127.0.0.1:${port}`);
  await vi.waitFor(() => expect(links.status()[0]?.state).toBe('OPEN'));
  return { port, links };
}

const heartbeat = () => message(minimal.Heartbeat, { type: 2, autopilot: 3, mavlinkVersion: 3 });

describe('links over UDP', () => {
  it('answers each of several vehicles on one port at its own address', async () => {
    const { port, links } = await listening();
    const peers = await Promise.all([1, 2, 3].map(() => peerOf(port)));
    for (const [index, peer] of peers.entries()) peer.send(new FrameWriter(index + 1, 1).write(heartbeat()));
    await vi.waitFor(() => expect(links.status()[0]?.vehicles).toBe(3));
    expect(links.send(2, Uint8Array.of(42))).toBe(true);
    await vi.waitFor(() => expect(peers[1]?.received.map((bytes) => [...bytes])).toEqual([[42]]));
    links.sendToPeers(Uint8Array.of(7));
    await vi.waitFor(() => expect(peers.map(({ received }) => received.at(-1)?.[0])).toEqual([7, 7, 7]));
    expect(peers.map(({ received }) => received.length)).toEqual([1, 2, 1]);
  });

  it('F1: sends nothing to a system that was never heard', async () => {
    const { links } = await listening();
    expect(links.send(9, Uint8Array.of(1))).toBe(false);
    expect(links.pathInUse(9)).toBeNull();
  });

  it('calls a vehicle that listens', async () => {
    const vehicle = await peerOf(0);
    const links = linksOn(`udpout:127.0.0.1:${vehicle.port}`);
    await vi.waitFor(() => expect(links.status()[0]?.state).toBe('OPEN'));
    const caller = new Promise<number>((resolve) => {
      vehicle.onDatagram = () => resolve(1);
    });
    links.sendToPeers(Uint8Array.of(7));
    await caller;
    expect(vehicle.received.map((bytes) => [...bytes])).toEqual([[7]]);
  });

  it('counts garbage and lives on', async () => {
    const { port, links } = await listening();
    const random = seededRandom(4);
    const frames: number[] = [];
    links.onFrame((frame) => frames.push(frame.messageId));
    const [noise, vehicle] = [await peerOf(port), await peerOf(port)];
    const writer = new FrameWriter(7, 1);
    for (let round = 0; round < 200; round++) {
      noise.send(random.bytes(1 + Math.floor(random.next() * 1_400)));
      const broken = writer.write(message(common.Attitude, { roll: 1 }));
      broken[15] = (broken[15] ?? 0) ^ 0xff;
      noise.send(broken);
      noise.send(writer.write(heartbeat()).subarray(0, 12));
      vehicle.send(writer.write(heartbeat()));
      if (round % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const unknown = Uint8Array.of(0xfd, 1, 0, 0, 200, 7, 1, 0x60, 0xea, 0, 9, 0, 0);
    const crc = crcOfByte(77, crcOf(unknown, 1, 11));
    unknown.set([crc & 0xff, crc >>> 8], 11);
    vehicle.send(unknown);
    await vi.waitFor(() => expect(frames).toHaveLength(200));
    await vi.waitFor(() => expect(links.status()[0]?.unknownIds).toBeGreaterThanOrEqual(1));
    expect(links.status()[0]?.badCrc).toBeGreaterThanOrEqual(400);
    links.sendToPeers(Uint8Array.of(7));
    await vi.waitFor(() => expect(vehicle.received).toHaveLength(1));
    expect(noise.received).toEqual([]);
  });

  it('measures rate and loss', async () => {
    const { port, links } = await listening();
    const vehicle = await peerOf(port);
    const writer = new FrameWriter(7, 1);
    let frames = 0;
    links.onFrame(() => frames++);
    for (let index = 0; index < 200; index++) {
      const bytes = writer.write(heartbeat());
      if (index % 10 !== 5) vehicle.send(bytes);
    }
    await vi.waitFor(() => expect(frames).toBe(180));
    expect(links.status()[0]?.lossPercent).toBeCloseTo(10, 5);
    await vi.waitFor(() => expect(links.status()[0]?.packetsPerSecond).toBeGreaterThan(0), {
      timeout: 3_000,
    });
  });

  it('says that a port is taken, and opens when it becomes free', async () => {
    const port = await freeUdpPort();
    const other = await UdpPeer.open(0, port);
    const links = linksOn(`udpin:127.0.0.1:${port}`);
    await vi.waitFor(() =>
      expect(links.status()[0]).toMatchObject({
        state: 'FAILED',
        notice: `Another program already uses UDP port ${port} on this machine. Close it, or choose another port.`,
      }),
    );
    expect(links.send(1, Uint8Array.of(1))).toBe(false);
    await other.close();
    await vi.waitFor(() => expect(links.status()[0]?.state).toBe('OPEN'), { timeout: 5_000 });
  });

  it('says that an address is not this machine’s, and that a host is not known', async () => {
    const links = linksOn('udpin:192.0.2.1:14550', 'udpout:no-such-host.invalid:14550');
    await vi.waitFor(
      () =>
        expect(links.status().map(({ state, notice }) => `${state} ${notice}`)).toEqual([
          expect.stringMatching(/^FAILED This machine has no network address 192\.0\.2\.1/),
          expect.stringMatching(/^FAILED The host "no-such-host\.invalid" is not known/),
        ]),
      { timeout: 20_000 },
    );
  });

  it('leaves a link that falls silent, says so, and sends over the other alone', async () => {
    const [first, second] = [await freeUdpPort(), await freeUdpPort()];
    const links = linksOn(`udpin:127.0.0.1:${first}`, `udpin:127.0.0.1:${second}`);
    await vi.waitFor(() => expect(links.status().map(({ state }) => state)).toEqual(['OPEN', 'OPEN']));
    const [one, two] = [await peerOf(first), await peerOf(second)];
    const [writerOne, writerTwo] = [new FrameWriter(7, 1), new FrameWriter(7, 1)];
    let alive = true;
    const stop = systemClock.every(50, () => {
      if (alive) one.send(writerOne.write(heartbeat()));
      two.send(writerTwo.write(heartbeat()));
    });
    closing.push(() => Promise.resolve(stop()));
    await vi.waitFor(() => expect(links.paths(7)).toHaveLength(2));
    // Its pace must be known before its silence can be.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const before = links.pathInUse(7)?.linkId;
    expect(before).toBe(`udpin:127.0.0.1:${first}`);
    const told: string[] = [];
    links.onSwitch(({ toLinkId, silent: quiet }) => told.push(`${toLinkId} ${quiet}`));
    alive = false;
    await vi.waitFor(() => expect(links.pathInUse(7)?.linkId).not.toBe(before), { timeout: 10_000 });
    links.send(7, Uint8Array.of(42));
    await vi.waitFor(() => expect(two.received).toHaveLength(1));
    expect(one.received).toEqual([]);
    expect(told).toEqual([`udpin:127.0.0.1:${second} true`]);
  });

  it('is bounded in the senders that it remembers', async () => {
    const { port, links } = await listening();
    const peers = await Promise.all(Array.from({ length: 10 }, () => peerOf(port)));
    let frames = 0;
    links.onFrame(() => frames++);
    for (const peer of peers) {
      for (let systemId = 1; systemId <= 255; systemId++)
        peer.send(new FrameWriter(systemId, 1).write(heartbeat()));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await vi.waitFor(() => expect(links.status()[0]?.notice).toMatch(/new ones are not/));
    expect(frames).toBeLessThanOrEqual(2_048);
    expect(links.status()[0]?.vehicles).toBe(255);
  });
});
