import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minimal } from 'node-mavlink';
import { SerialPort } from 'serialport';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FrameWriter, message } from '../../../main/simulator/wire.ts';
import { type LinkSet, openLinks } from '../../../main/station/link/link-set.ts';
import { SerialLink } from '../../../main/station/link/serial-link.ts';
import { type PluggedPort, watchSerialPorts } from '../../../main/station/link/serial-ports.ts';
import { scaledClock, systemClock } from '../../../main/station/ports/clock.ts';
import { openPseudoTerminals } from '../../support/pseudo-terminals.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const PATIENTLY = { timeout: 20_000 };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function linksOn(address: string, clock = systemClock): LinkSet {
  const links = openLinks({ addresses: [address], clock, log: silent });
  closing.push(() => links.close());
  return links;
}

const heartbeat = () => message(minimal.Heartbeat, { type: 2, autopilot: 3, mavlinkVersion: 3 });

async function vehicleServer(port = 0): Promise<{ server: Server; port: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  });
  return { server, port: (server.address() as AddressInfo).port, sockets };
}

describe('a TCP link', () => {
  it('finds frames wherever the stream is cut, and answers', async () => {
    const { port, sockets } = await vehicleServer();
    const links = linksOn(`tcp:127.0.0.1:${port}`);
    await vi.waitFor(() => expect(sockets).toHaveLength(1), PATIENTLY);
    const heard: number[] = [];
    links.onFrame((frame) => heard.push(frame.sequence));
    const writer = new FrameWriter(7, 1);
    const stream = Buffer.concat(Array.from({ length: 60 }, () => writer.write(heartbeat())));
    for (let at = 0; at < stream.length; at += 17) {
      sockets[0]?.write(stream.subarray(at, at + 17));
      if (at % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(() => expect(heard).toHaveLength(60), PATIENTLY);
    expect(links.status()[0]).toMatchObject({ state: 'OPEN', badCrc: 0, vehicles: 1, lossPercent: 0 });
    const answer = once(sockets[0] as Socket, 'data');
    expect(links.send(7, Uint8Array.of(1, 2, 3))).toBe(true);
    expect([...((await answer)[0] as Buffer)]).toEqual([1, 2, 3]);
  });

  it('says that nothing listens, and connects when something does', async () => {
    const { server, port } = await vehicleServer();
    await new Promise((resolve) => server.close(resolve));
    const links = linksOn(`tcp:127.0.0.1:${port}`);
    await vi.waitFor(
      () =>
        expect(links.status()[0]).toMatchObject({
          state: 'FAILED',
          notice: expect.stringMatching(/^Nothing listens/),
        }),
      PATIENTLY,
    );
    await vehicleServer(port);
    await vi.waitFor(() => expect(links.status()[0]?.state).toBe('OPEN'), PATIENTLY);
  });

  it('connects anew when the other end hangs up, and on request', async () => {
    const { port, sockets } = await vehicleServer();
    const links = linksOn(`tcp:127.0.0.1:${port}`);
    await vi.waitFor(() => expect(sockets).toHaveLength(1), PATIENTLY);
    sockets[0]?.destroy();
    await vi.waitFor(() => expect(sockets).toHaveLength(2), PATIENTLY);
    links.reconnect(`tcp:127.0.0.1:${port}`);
    await vi.waitFor(() => expect(sockets).toHaveLength(3), PATIENTLY);
    await vi.waitFor(() => expect(links.status()[0]?.state).toBe('OPEN'), PATIENTLY);
  });

  it('F1: resets a connection that has fallen silent, with all that waits in it', async () => {
    const { port, sockets } = await vehicleServer();
    const links = linksOn(`tcp:127.0.0.1:${port}`, scaledClock(systemClock, 5));
    await vi.waitFor(() => expect(sockets).toHaveLength(1), PATIENTLY);
    sockets[0]?.write(new FrameWriter(7, 1).write(heartbeat()));
    await vi.waitFor(() => expect(links.paths(7)).toHaveLength(1), PATIENTLY);
    sockets[0]?.pause();
    // More than the operating system takes for a peer that does not read.
    let sent = 0;
    while (links.send(7, new Uint8Array(60_000)) && sent < 1_000) sent++;
    expect(links.send(7, Uint8Array.of(1))).toBe(false);
    const ended = new Promise((resolve) => sockets[0]?.once('close', resolve));
    await vi.waitFor(() => expect(sockets.length).toBeGreaterThanOrEqual(2), PATIENTLY);
    sockets[0]?.resume();
    await ended;
    expect(links.send(7, Uint8Array.of(2))).toBe(true);
  });
});

describe('a serial link', () => {
  it('carries frames both ways, says when it is unplugged, and is there again', async () => {
    const lines = await openPseudoTerminals();
    closing.push(() => lines.unplug());
    const links = linksOn(`serial:${lines.station}:57600`);
    await vi.waitFor(() => expect(links.status()[0]?.state).toBe('OPEN'), PATIENTLY);
    const vehicle = new SerialPort({ path: lines.vehicle, baudRate: 57_600 });
    closing.push(async () => void (vehicle.isOpen && vehicle.close()));
    vehicle.on('error', () => {});
    await once(vehicle, 'open');
    const writer = new FrameWriter(7, 1);
    for (let index = 0; index < 20; index++) vehicle.write(writer.write(heartbeat()));
    await vi.waitFor(() => expect(links.status()[0]).toMatchObject({ vehicles: 1, badCrc: 0 }), PATIENTLY);
    const answer = once(vehicle, 'data');
    links.sendToPeers(Uint8Array.of(7, 8, 9));
    expect([...((await answer)[0] as Buffer)]).toEqual([7, 8, 9]);
    await lines.unplug();
    await vi.waitFor(
      () =>
        expect(links.status()[0]).toMatchObject({
          state: 'FAILED',
          notice: expect.stringMatching(/unplugged|is not there/),
        }),
      PATIENTLY,
    );
    expect(links.send(7, Uint8Array.of(1))).toBe(false);
  });

  it('opens again by itself when its radio is plugged in again, under its name or by its serial number', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'skyrescue-serial-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const [first, second] = [join(folder, 'ttyRADIO0'), join(folder, 'ttyRADIO1')];
    let lines = await openPseudoTerminals(first);
    closing.push(() => lines.unplug());
    let plugged: PluggedPort[] = [{ device: first, manufacturer: 'RFD', serialNumber: 'A1' }];
    const ports = watchSerialPorts(scaledClock(systemClock, 100), async () => plugged);
    let heard = 0;
    let asked = 0;
    const link = new SerialLink(
      { kind: 'serial', text: `serial:${first}:57600`, device: first, baudRate: 57_600 },
      {
        clock: scaledClock(systemClock, 10),
        log: silent,
        events: { onDatagram: () => {}, onStream: (bytes) => (heard += bytes.length) },
      },
      async () => {
        asked++;
        return plugged;
      },
    ).start();
    closing.push(() => link.close());
    const isOpen = async (notice: string | null): Promise<void> => {
      await vi.waitFor(() => expect(link).toMatchObject({ state: 'OPEN', notice }), PATIENTLY);
      await writeFile(lines.vehicle, 'a vehicle');
      await vi.waitFor(() => expect(heard).toBe(9), PATIENTLY);
      heard = 0;
      await vi.waitFor(() => expect(asked).toBeGreaterThan(0), PATIENTLY);
    };
    const unplug = async (state: object): Promise<void> => {
      await lines.unplug();
      plugged = [];
      await vi.waitFor(() => expect(link).toMatchObject(state), PATIENTLY);
      await vi.waitFor(async () => expect(await ports()).toEqual([]), PATIENTLY);
    };
    await isOpen(null);
    await unplug({ state: 'FAILED', notice: expect.stringMatching(/unplugged|is not there/) });
    plugged = [{ device: first, manufacturer: 'RFD', serialNumber: 'A1' }];
    lines = await openPseudoTerminals(first);
    await isOpen(null);
    await vi.waitFor(
      async () => expect(await ports()).toEqual([{ device: first, description: 'RFD A1' }]),
      PATIENTLY,
    );

    await unplug({ state: 'FAILED' });
    plugged = [
      { device: first, manufacturer: 'RFD', serialNumber: 'B2' },
      { device: second, manufacturer: 'RFD', serialNumber: 'A1' },
    ];
    lines = await openPseudoTerminals(second);
    await isOpen(`The radio is at ${second} now.`);

    await unplug({ state: 'FAILED' });
    plugged = [{ device: first, manufacturer: 'RFD', serialNumber: 'B2' }];
    lines = await openPseudoTerminals(first);
    await vi.waitFor(
      () =>
        expect(link).toMatchObject({
          state: 'FAILED',
          notice: expect.stringMatching(/^Another radio is at/),
        }),
      PATIENTLY,
    );
  });

  it('F1: sends nothing that the line would bring late', async () => {
    const lines = await openPseudoTerminals();
    closing.push(() => lines.unplug());
    const links = linksOn(`serial:${lines.station}:1200`);
    await vi.waitFor(() => expect(links.status()[0]?.state).toBe('OPEN'), PATIENTLY);
    const vehicle = new SerialPort({ path: lines.vehicle, baudRate: 1_200 });
    closing.push(async () => void (vehicle.isOpen && vehicle.close()));
    await once(vehicle, 'open');
    vehicle.write(new FrameWriter(7, 1).write(heartbeat()));
    await vi.waitFor(() => expect(links.paths(7)).toHaveLength(1), PATIENTLY);
    expect(links.send(7, new Uint8Array(61))).toBe(false);
    expect(links.send(7, new Uint8Array(40))).toBe(true);
  });

  it('says that a device is not there', async () => {
    const links = linksOn('serial:/dev/ttyNONE9:57600');
    await vi.waitFor(
      () =>
        expect(links.status()[0]).toMatchObject({
          state: 'FAILED',
          notice: '/dev/ttyNONE9 is not there. Plug the radio in.',
        }),
      PATIENTLY,
    );
  });

  it('lists the ports of the machine without failing', async () => {
    expect(Array.isArray(await watchSerialPorts(systemClock)())).toBe(true);
  });
});
