import { common, minimal } from 'node-mavlink';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FrameWriter, message, readFrames } from '../../../main/simulator/wire.ts';
import { createForwarding, type ForwardedCommand } from '../../../main/station/link/forwarding.ts';
import { openLinks } from '../../../main/station/link/link-set.ts';
import { systemClock } from '../../../main/station/ports/clock.ts';
import { freeUdpPort, UdpPeer } from '../../support/udp-peer.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const PATIENTLY = { timeout: 20_000 };
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A station with one vehicle (system 7) and another ground station that is fed. */
async function fed(twoWay: boolean) {
  const port = await freeUdpPort();
  const links = openLinks({ addresses: [`udpin:127.0.0.1:${port}`], clock: systemClock, log: silent });
  closing.push(() => links.close());
  const [vehicle, other] = [await UdpPeer.open(port), await UdpPeer.open(0)];
  closing.push(
    () => vehicle.close(),
    () => other.close(),
  );
  const commands: ForwardedCommand[] = [];
  const forwarding = createForwarding({
    send: (systemId, frame) => links.send(systemId, frame),
    onCommand: (command) => commands.push(command),
    clock: systemClock,
    log: silent,
  });
  closing.push(() => forwarding.close());
  forwarding.add(`127.0.0.1:${other.port}`, twoWay);
  links.tap(forwarding);
  await vi.waitFor(() => expect(links.status()[0]?.state).toBe('OPEN'), PATIENTLY);
  const writer = new FrameWriter(7, 1);
  const heard = () => other.received.flatMap((bytes) => readFrames(bytes));
  await vi.waitFor(() => {
    vehicle.send(writer.write(message(minimal.Heartbeat, { type: 2, autopilot: 3, mavlinkVersion: 3 })));
    expect(heard().length).toBeGreaterThan(0);
  }, PATIENTLY);
  // The forwarding socket's own port, from which the other station heard.
  const back = await portOf(other, () =>
    vehicle.send(writer.write(message(minimal.Heartbeat, { type: 2, autopilot: 3, mavlinkVersion: 3 }))),
  );
  return { links, vehicle, other, forwarding, commands, heard, back };
}

function portOf(peer: UdpPeer, provoke: () => void): Promise<number> {
  return new Promise((resolve) => {
    peer.onSender = resolve;
    provoke();
  });
}

const returnHome = (targetSystem: number, targetComponent = 1) =>
  message(common.CommandLong, { targetSystem, targetComponent, command: 20 as never });

describe('forwarding to another ground station', () => {
  it('brings everything that vehicles say, and is deaf unless told otherwise', async () => {
    const { vehicle, other, forwarding, commands, heard, back } = await fed(false);
    expect(heard()[0]).toMatchObject({ systemId: 7, messageId: 0 });
    other.send(new FrameWriter(254, 190).write(returnHome(7)), back);
    await vi.waitFor(() => expect(forwarding.status()[0]?.refused).toBe(1), PATIENTLY);
    expect([vehicle.received, commands]).toEqual([[], []]);
  });

  it('F2: passes on what names one system and one component, counts it, and refuses everything else', async () => {
    const { vehicle, other, forwarding, commands, back } = await fed(true);
    const writer = new FrameWriter(254, 190);
    other.send(writer.write(returnHome(0)), back);
    other.send(writer.write(returnHome(7, 0)), back);
    other.send(writer.write(returnHome(9)), back);
    other.send(writer.write(message(minimal.Heartbeat, { type: 6 })), back);
    other.send(new FrameWriter(255, 190).write(returnHome(7)), back);
    other.send(writer.write(message(common.SetupSigning, { targetSystem: 7, targetComponent: 1 })), back);
    await vi.waitFor(() => expect(forwarding.status()[0]?.refused).toBe(6), PATIENTLY);
    expect([vehicle.received, commands]).toEqual([[], []]);

    const command = writer.write(returnHome(7));
    other.send(command, back);
    await vi.waitFor(() => expect(vehicle.received).toEqual([command]), PATIENTLY);
    expect(forwarding.status()[0]).toMatchObject({ commandsForwarded: 1, refused: 6, twoWay: true });
    expect(commands).toEqual([
      { from: `udpout:127.0.0.1:${other.port}`, systemId: 7, messageName: 'COMMAND_LONG' },
    ]);
  });

  it('is changed at run time, and is bounded', async () => {
    const { forwarding, other } = await fed(false);
    expect(() => forwarding.add(`udpout:127.0.0.1:${other.port}`, true)).toThrow(/already/);
    expect(() => forwarding.add('tcp:127.0.0.1:1', true)).toThrow(/udpout/);
    for (let port = 40_001; port <= 40_007; port++) forwarding.add(`127.0.0.1:${port}`, false);
    expect(() => forwarding.add('127.0.0.1:40099', false)).toThrow(/At most 8/);
    await forwarding.remove(`udpout:127.0.0.1:${other.port}`);
    expect(forwarding.status()).toHaveLength(7);
  });
});
