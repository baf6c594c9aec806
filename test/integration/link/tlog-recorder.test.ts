import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTlogRecorder, type TlogParts } from '../../../main/station/link/tlog-recorder.ts';
import { FrameParser } from '../../../main/station/mavlink/frame-parser.ts';
import { FrameWriter } from '../../../main/station/mavlink/frame-writer.ts';
import { HEARTBEAT, SETUP_SIGNING } from '../../../main/station/mavlink/generated/messages.ts';
import type { AlertRequest } from '../../../main/station/ports/alerts.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skyrescue-tlog-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const writer = new FrameWriter(7, 1);
const heartbeat = (): Uint8Array =>
  writer.write(HEARTBEAT, {
    type: 2,
    autopilot: 3,
    baseMode: 0,
    customMode: 0,
    systemStatus: 3,
    mavlinkVersion: 3,
  });

function bench(parts: Partial<TlogParts> = {}) {
  const clock = new FakeClock();
  const raised: AlertRequest[] = [];
  const cleared: string[] = [];
  const recorder = createTlogRecorder({
    folder,
    budgetBytes: 1e9,
    clock,
    alerts: { raise: (alert) => raised.push(alert), clear: (cause) => cleared.push(cause) },
    log: silent,
    freeBytes: async () => 1e12,
    ...parts,
  });
  const hear = (bytes: Uint8Array): void => {
    const parser = new FrameParser((frame) => recorder.received(frame));
    parser.push(bytes);
  };
  /** Lets the disk do what is queued. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  return { clock, recorder, raised, cleared, hear, settle };
}

const recorded = (): Buffer =>
  Buffer.concat(
    readdirSync(folder)
      .sort()
      .map((name) => readFileSync(join(folder, name))),
  );

describe('a recording of the links', () => {
  it('is eight bytes of big-endian microseconds and the frame, for all that is heard and sent', async () => {
    const { clock, recorder, hear } = bench();
    const [heard, sent] = [heartbeat(), heartbeat()];
    hear(heard);
    clock.advance(250);
    recorder.sent(sent);
    recorder.passed(Uint8Array.of(0xfd, 1, 2));
    await recorder.close();
    const bytes = recorded();
    expect(bytes.readBigUInt64BE(0)).toBe(BigInt(clock.nowMs() - 250) * 1_000n);
    expect(bytes.subarray(8, 8 + heard.length)).toEqual(Buffer.from(heard));
    const second = 8 + heard.length;
    expect(bytes.readBigUInt64BE(second)).toBe(BigInt(clock.nowMs()) * 1_000n);
    expect(bytes.length).toBe(second + 8 + sent.length + 8 + 3);
    expect(statSync(join(folder, readdirSync(folder)[0] ?? '')).mode & 0o777).toBe(0o600);
  });

  it('never holds a key', async () => {
    const { recorder, hear } = bench();
    const secretKey = Array.from({ length: 32 }, () => 0x5a);
    const setup = writer.write(SETUP_SIGNING, {
      targetSystem: 7,
      targetComponent: 1,
      secretKey,
      initialTimestamp: 1n,
    });
    hear(setup);
    recorder.sent(setup);
    recorder.sent(heartbeat());
    await recorder.close();
    expect(recorded().includes(Buffer.from(secretKey))).toBe(false);
    expect(recorded().length).toBeLessThan(40);
  });

  it('begins another file when one is full, and removes the oldest beyond its budget', async () => {
    writeFileSync(join(folder, '2020-01-01T00-00-00.000Z.tlog'), Buffer.alloc(3_000));
    const { clock, recorder, hear, settle } = bench({ rotateBytes: 1_000, budgetBytes: 4_000 });
    await settle();
    for (let round = 0; round < 12; round++) {
      for (let index = 0; index < 40; index++) hear(heartbeat());
      clock.advance(1_000);
      await settle();
    }
    const names = readdirSync(folder);
    expect(names).not.toContain('2020-01-01T00-00-00.000Z.tlog');
    expect(names.length).toBeGreaterThan(1);
    expect(recorder.status().usedBytes).toBeLessThanOrEqual(4_000 + 1_200);
    expect(recorder.status().files[0]?.startedAtMs).toBeGreaterThan(
      recorder.status().files.at(-1)?.startedAtMs ?? 0,
    );
    await recorder.close();
  });

  it('stops with an alert while the disk is full, and goes on when there is room', async () => {
    let free = 1e12;
    const { clock, recorder, raised, cleared, hear, settle } = bench({ freeBytes: async () => free });
    hear(heartbeat());
    clock.advance(1_000);
    await settle();
    free = 1_000;
    clock.advance(30_000);
    await settle();
    expect(raised).toMatchObject([{ cause: 'tlog-stopped', level: 'CAUTION' }]);
    for (let index = 0; index < 50_000; index++) hear(heartbeat());
    expect(recorder.status()).toMatchObject({
      recording: null,
      notice: expect.stringMatching(/almost full/),
    });
    free = 1e12;
    clock.advance(30_000);
    await settle();
    expect([cleared, recorder.status().notice]).toEqual([['tlog-stopped'], null]);
    hear(heartbeat());
    await recorder.close();
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('never throws at the links when the folder cannot be written to', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { clock, recorder, raised, hear, settle } = bench({ folder: join(folder, 'file', 'tlogs') });
    for (let index = 0; index < 10; index++) {
      hear(heartbeat());
      clock.advance(1_000);
    }
    await settle();
    expect(raised[0]).toMatchObject({ cause: 'tlog-stopped' });
    await recorder.close();
  });
});
