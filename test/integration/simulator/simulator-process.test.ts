import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { PassThrough } from 'node:stream';
import {
  common,
  createMavLinkStream,
  type MavLinkPacket,
  MavLinkProtocolV2,
  MSG_ID_MAGIC_NUMBER,
  minimal,
} from 'node-mavlink';
import { afterEach, expect, it } from 'vitest';
import { loadDialect } from '../../../main/simulator/dialect.ts';

const dialect = loadDialect(readFileSync('resources/mavlink/skyrescue.xml', 'utf8'));
const magicNumbers = {
  ...MSG_ID_MAGIC_NUMBER,
  ...Object.fromEntries(Object.values(dialect).map((Type) => [Type.MSG_ID, Type.MAGIC_NUMBER])),
};

/** A UDP server that decodes with node-mavlink's own stream and can answer each peer. */
class Listener {
  readonly socket: Socket = createSocket('udp4');
  readonly peers = new Map<number, RemoteInfo>();
  readonly counts = new Map<string, number>();
  readonly #protocol = new MavLinkProtocolV2(255, 190);
  readonly #bytes = new PassThrough();
  #waiting: (() => void)[] = [];

  constructor() {
    createMavLinkStream(this.#bytes, { magicNumbers }).on('data', (packet: MavLinkPacket) => {
      const key = `${packet.header.sysid}/${packet.header.compid}/${packet.header.msgid}`;
      this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.socket.on('message', (bytes, peer) => {
      this.peers.set(bytes[5] ?? 0, peer);
      this.#bytes.write(bytes);
    });
  }

  async bind(): Promise<number> {
    this.socket.bind(0, '127.0.0.1');
    await once(this.socket, 'listening');
    return this.socket.address().port;
  }

  count(systemId: number, componentId: number, messageId: number): number {
    return this.counts.get(`${systemId}/${componentId}/${messageId}`) ?? 0;
  }

  /** Resolves when the condition holds after a packet; the test's own timeout ends a wait in vain. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  request(systemId: number, messageId: number, intervalUs: number): void {
    const peer = this.peers.get(systemId);
    if (peer === undefined) throw new Error(`system ${systemId} was not heard`);
    const command = Object.assign(new common.CommandLong(), {
      command: common.MavCmd.SET_MESSAGE_INTERVAL,
      targetSystem: systemId,
      targetComponent: 1,
      _param1: messageId,
      _param2: intervalUs,
    });
    this.socket.send(this.#protocol.serialize(command, 0), peer.port, peer.address);
  }
}

const running: { child: ChildProcess; listener: Listener }[] = [];

afterEach(async () => {
  for (const { child, listener } of running.splice(0)) {
    listener.socket.close();
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
});

async function start(
  ...options: string[]
): Promise<{ child: ChildProcess; listener: Listener; lines: Interface }> {
  const listener = new Listener();
  const port = await listener.bind();
  const child = spawn(
    process.execPath,
    ['main/simulator/index.ts', '--target', `127.0.0.1:${port}`, '--seed', '5', ...options],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  running.push({ child, listener });
  if (child.stdout === null) throw new Error('the simulator has no output');
  return { child, listener, lines: createInterface({ input: child.stdout }) };
}

async function nextLine(lines: Interface): Promise<Record<string, unknown>> {
  const [line] = (await once(lines, 'line')) as [string];
  return JSON.parse(line) as Record<string, unknown>;
}

it('six drones: each a UDP peer with heartbeats; positions come at the rate asked for; SIGTERM ends it', async () => {
  const { child, listener, lines } = await start('--boot-s', '1');
  const ready = await nextLine(lines);
  expect(ready).toMatchObject({ event: 'ready', seed: 5, speed: 1 });
  await listener.until(() =>
    [1, 2, 3, 4, 5, 6].every((id) => listener.count(id, 1, minimal.Heartbeat.MSG_ID) > 0),
  );
  await listener.until(() => [1, 2, 3, 4, 5, 6].every((id) => listener.count(id, 191, 42101) > 0));
  expect(new Set([...listener.peers.values()].map((peer) => peer.port)).size).toBe(6);
  expect(listener.count(2, 1, common.GlobalPositionInt.MSG_ID)).toBe(0);

  listener.request(2, common.GlobalPositionInt.MSG_ID, 100_000);
  await listener.until(() => listener.count(2, 1, common.CommandAck.MSG_ID) === 1);
  const startMs = performance.now();
  await listener.until(() => listener.count(2, 1, common.GlobalPositionInt.MSG_ID) === 30);
  const tookMs = performance.now() - startMs;
  expect(tookMs).toBeGreaterThan(2_700);
  expect(tookMs).toBeLessThan(3_900);
  expect(listener.count(3, 1, common.GlobalPositionInt.MSG_ID)).toBe(0);

  child.kill('SIGTERM');
  const [code, signal] = await once(child, 'exit');
  expect({ code, signal }).toEqual({ code: 0, signal: null });
});

it('obeys fault lines, runs faster than real time, and ends when its parent closes the pipe', async () => {
  const { child, listener, lines } = await start('--speed', '20', '--drones', '1', '--exit-with-parent');
  await nextLine(lines);
  const startMs = performance.now();
  await listener.until(() => listener.count(1, 1, minimal.Heartbeat.MSG_ID) >= 20);
  expect(performance.now() - startMs).toBeLessThan(8_000);
  child.stdin?.write('fault Alpha-1 link-drop on\n');
  expect(await nextLine(lines)).toMatchObject({ event: 'done' });
  child.stdin?.write('fault Alpha-1 nonsense\n');
  expect(await nextLine(lines)).toMatchObject({ event: 'refused' });
  child.stdin?.end();
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});

it('says what is wrong with its options and ends with an error', async () => {
  const child = spawn(process.execPath, ['main/simulator/index.ts', '--speed', 'fast'], { stdio: 'pipe' });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const [code] = await once(child, 'exit');
  expect(code).toBe(2);
  expect(said).toContain('--speed must be a number');
});
