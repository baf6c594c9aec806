import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { common } from 'node-mavlink';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadDialect } from '../../../main/simulator/dialect.ts';
import { SimulatedFleet } from '../../../main/simulator/fleet.ts';
import { fleetOf } from '../../../main/simulator/fleet-table.ts';
import { seededRandom } from '../../../main/simulator/random.ts';
import { readFrames } from '../../../main/simulator/wire.ts';
import { openLinks, type PathSwitch } from '../../../main/station/link/link-set.ts';
import { createSigningDesk, type SigningStore } from '../../../main/station/link/signing-desk.ts';
import type { AlertRequest } from '../../../main/station/ports/alerts.ts';
import { systemClock } from '../../../main/station/ports/clock.ts';
import { seededRandom as stationRandom } from '../../../main/station/ports/random.ts';
import { createVehicles } from '../../../main/station/vehicle/vehicle-registry.ts';
import { freeUdpPort, UdpPeer } from '../../support/udp-peer.ts';

const DIALECT = join(import.meta.dirname, '../../../resources/mavlink/skyrescue.xml');
const STEP_MS = 20;
const PATIENTLY = { timeout: 30_000 };
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** One simulated drone with a radio on each link, and every command that reached it by its confirmation. */
async function drone(ports: readonly number[]) {
  const radios = await Promise.all(
    ports.map(async (port) => ({ peer: await UdpPeer.open(port), up: true, deaf: false })),
  );
  const fleet = new SimulatedFleet({
    drones: fleetOf(1, seededRandom(4)),
    random: seededRandom(4),
    dialect: loadDialect(readFileSync(DIALECT, 'utf8')),
    startUtcMs: Date.now(),
    bootS: 0,
    signing: { obeysSetup: true, key: null },
    transmit: (bytes) => {
      for (const { peer, up } of radios) if (up) peer.send(bytes);
    },
  });
  const commands: { radio: number; command: number; confirmation: number; atMs: number }[] = [];
  for (const [radio, state] of radios.entries())
    state.peer.onDatagram = (bytes) => {
      if (!state.up) return;
      for (const frame of readFrames(bytes)) {
        if (frame.messageId !== common.CommandLong.MSG_ID) continue;
        const { command, confirmation } = frame.decode(common.CommandLong);
        commands.push({ radio, command, confirmation, atMs: performance.now() });
      }
      if (!state.deaf) fleet.receive(bytes, 1);
    };
  const stop = systemClock.every(STEP_MS, () => fleet.step(STEP_MS));
  closing.push(async () => {
    stop();
    await Promise.all(radios.map(({ peer }) => peer.close()));
  });
  return { radios, fleet, commands };
}

describe('one drone on two links', () => {
  it('F1: a command that was under way when its link died is tried over the other, once at a time', async () => {
    const ports = [await freeUdpPort(), await freeUdpPort()];
    const { radios, commands } = await drone(ports);
    const links = openLinks({
      addresses: ports.map((port) => `udpin:127.0.0.1:${port}`),
      clock: systemClock,
      log: silent,
    });
    const vehicles = createVehicles({ links, clock: systemClock, log: silent });
    closing.push(async () => {
      vehicles.close();
      await links.close();
    });
    const switches: PathSwitch[] = [];
    links.onSwitch((change) => switches.push(change));
    await vi.waitFor(() => expect(vehicles.find(1)?.state().position).toBeTruthy(), PATIENTLY);
    await vi.waitFor(() => expect(links.paths(1)).toHaveLength(2), PATIENTLY);
    // What was asked for at the start has been answered, and the pace of the links is known.
    await vi.waitFor(
      () => expect(commands.every(({ atMs }) => performance.now() - atMs > 1_500)).toBe(true),
      PATIENTLY,
    );
    const inUse = ports.findIndex((port) => links.pathInUse(1)?.linkId.endsWith(`:${port}`));
    const dying = radios[inUse];
    if (dying === undefined) throw new Error('No link is in use.');
    dying.deaf = true;
    commands.length = 0;
    const outcome = vehicles
      .find(1)
      ?.returnHome({ onFirstPacket: () => setTimeout(() => (dying.up = false), 30) });
    expect(await outcome).toEqual({ state: 'ACCEPTED' });

    const sent = commands.filter(({ command }) => command === 20);
    expect(sent.map(({ radio }) => radio)).toEqual([inUse, 1 - inUse]);
    // The same command, as the autopilot can tell; a busy machine may notice the death one try later.
    expect(sent[0]?.confirmation).toBe(0);
    expect([1, 2]).toContain(sent[1]?.confirmation);
    expect(switches).toMatchObject([
      { systemId: 1, silent: true, fromLinkId: `udpin:127.0.0.1:${ports[inUse]}` },
    ]);
    expect(vehicles.find(1)?.state().contact).toBe('LIVE');
    await vi.waitFor(
      () => expect(vehicles.find(1)?.state().links[1 - inUse]?.roundTripMs).toBeTypeOf('number'),
      PATIENTLY,
    );
  });
});

describe('signing keys', () => {
  it('are set up over a wired link alone, confirmed by the drone, and rolled over without losing it', async () => {
    const port = await freeUdpPort();
    const { radios, fleet } = await drone([port]);
    const saved = new Map<number, unknown>();
    const store: SigningStore = {
      loadKeys: async () => new Map(),
      saveKeys: async (systemId, keys) => void saved.set(systemId, keys),
      loadFloors: async () => ({}),
      saveFloors: async () => {},
    };
    const raised: AlertRequest[] = [];
    const logged: string[] = [];
    const log = { ...silent, info: (...line: unknown[]) => void logged.push(JSON.stringify(line)) };
    let armed = false;
    const desk = await createSigningDesk({
      store,
      nameOf: (systemId) => `System ${systemId}`,
      isArmed: () => armed,
      clock: systemClock,
      random: stationRandom(8),
      alerts: { raise: (alert) => raised.push(alert), clear: () => {} },
      log,
    });
    const linkId = `udpin:127.0.0.1:${port}`;
    const links = openLinks({ addresses: [linkId], clock: systemClock, log, signing: desk.signing });
    desk.attach(links);
    const vehicles = createVehicles({ links, clock: systemClock, log });
    closing.push(async () => {
      vehicles.close();
      await links.close();
      await desk.close();
    });
    await vi.waitFor(() => expect(vehicles.find(1)?.state().position).toBeTruthy(), PATIENTLY);
    await expect(desk.setUp(1)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/wired/),
    });
    links.change(linkId, { wired: true, acceptUnsigned: 'UNLESS_KEYED' });
    armed = true;
    await expect(desk.setUp(1)).rejects.toMatchObject({ message: expect.stringMatching(/armed/) });
    armed = false;

    for (const round of ['first', 'rolled over']) {
      await desk.setUp(1);
      await vi.waitFor(
        () => expect(desk.states(), round).toMatchObject([{ systemId: 1, state: 'ACTIVE' }]),
        PATIENTLY,
      );
      // Both ways: the drone obeys what is signed with the new key, and what it says is believed.
      expect((await vehicles.find(1)?.hold())?.state, round).toBe('ACCEPTED');
    }
    expect(saved.get(1)).toMatchObject({ next: null });
    links.change(linkId, { wired: false, acceptUnsigned: 'NEVER' });
    await vi.waitFor(() => expect(links.status()[0]?.vehicles).toBe(1), PATIENTLY);

    // Somebody without the key speaks in its name: ignored, counted, told.
    const before = fleet.nowMs;
    const impostor = await UdpPeer.open(port);
    closing.push(() => impostor.close());
    const heartbeat = Buffer.from('fd090000000101000000000000000203510303e292', 'hex');
    for (let count = 0; count < 20; count++) impostor.send(heartbeat);
    await vi.waitFor(
      () => expect(raised).toMatchObject([{ cause: 'signing-refused:1', level: 'CAUTION' }]),
      PATIENTLY,
    );
    expect(links.status()[0]?.unsignedRefused).toBeGreaterThan(0);
    expect(links.paths(1)).toHaveLength(1);
    expect(fleet.nowMs).toBeGreaterThan(before);

    const { current } = saved.get(1) as { current: Uint8Array };
    const hex = Buffer.from(current).toString('hex');
    expect(logged.join('\n').includes(hex)).toBe(false);
    await desk.end(1);
    expect(saved.get(1)).toBeNull();
    expect(radios).toHaveLength(1);
  });
});
