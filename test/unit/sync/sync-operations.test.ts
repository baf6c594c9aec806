import { expect, test } from 'vitest';
import type { Cursor, PullPage, TelemetryBatch } from '../../../db/sync/wire.ts';
import { type CentralTransport, SyncFault } from '../../../main/station/sync/central-transport.ts';
import { newSession, type OperationContext, run } from '../../../main/station/sync/sync-operations.ts';
import type { SyncStore } from '../../../main/station/sync/sync-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const EPOCH = 'epoch';

/** A long log at the server and long telemetry at the station, and what was asked of either, in order. */
function longWay(pushTelemetry: CentralTransport['pushTelemetry']) {
  const clock = new FakeClock();
  const asked: string[] = [];
  let cursor: Cursor | null = null;
  let acked = 0;
  const store: Pick<
    SyncStore,
    'observeServerTime' | 'state' | 'applyPage' | 'pendingGroups' | 'nextTelemetry' | 'telemetryAcked'
  > = {
    state: async () => ({
      ...{ stationId: 'S', incarnation: 1, lastSeq: 0, lastAckedSeq: 0, telemetryPosition: acked, cursor },
      ...{ fullPull: false, epoch: EPOCH, visibility: 1, paused: false, lastSuccessAtMs: null },
      ...{ clockOffsetMs: 0, schema: 18 },
    }),
    observeServerTime: async () => undefined,
    async applyPage(page) {
      asked.push(`apply ${page.cursor.seq}`);
      cursor = page.cursor;
      return { applied: 0, conflicts: 0, parked: 0 };
    },
    pendingGroups: async () => [],
    async nextTelemetry({ afterPosition, maxRows }) {
      const position = (afterPosition ?? acked) + maxRows;
      asked.push(`read ${maxRows} to ${position}`);
      return { position, rows: maxRows, columns: [], text: [], more: true };
    },
    async telemetryAcked(position) {
      asked.push(`acked ${position}`);
      acked = position;
    },
  };
  const transport: Pick<CentralTransport, 'pull' | 'pushTelemetry'> = {
    async pull({ cursor: after }): Promise<PullPage> {
      const seq = String(Number(after?.seq ?? 0) + 1);
      asked.push(`fetch ${seq}`);
      return {
        rows: [],
        cursor: { epoch: EPOCH, txid: '1', seq },
        more: true,
        visibility: 1,
        serverNowMs: 0,
      };
    },
    pushTelemetry,
  };
  const session = { ...newSession('run'), epoch: EPOCH, offsetMs: 0 };
  const context: OperationContext = {
    ...{
      store: store as SyncStore,
      transport: transport as CentralTransport,
      clock,
      stationId: 'S',
      session,
    },
    ...{ moved: { sentRows: 0, receivedRows: 0 }, onAmended: () => undefined },
  };
  return { context, clock, asked };
}

test('the next page is fetched while one is applied, and again once something else was done in between', async () => {
  const { context, asked } = longWay(() => Promise.reject(new SyncFault('RETRY', 'Not now.')));
  await run('PULL', context);
  await run('PULL', context);
  expect(asked.splice(0)).toEqual(['fetch 1', 'apply 1', 'fetch 2', 'apply 2', 'fetch 3']);
  // What was sent may have made what was fetched old.
  await run('PUSH', context);
  await run('PULL', context);
  expect(asked).toEqual(['fetch 3', 'apply 3', 'fetch 4']);
});

test('a slice of telemetry is read while one is pushed; slices follow the line, and a failed one is sent again, smaller', async () => {
  let push: (batch: TelemetryBatch) => Promise<void> = async () => undefined;
  const { context, clock, asked } = longWay(async (batch) => {
    await push(batch);
    asked.push(`pushed ${batch.position}`);
    return { rows: batch.rows, refused: 0, serverNowMs: 0 };
  });
  const telemetry = () => run('TELEMETRY', context);
  await telemetry();
  expect(asked.splice(0)).toEqual(['read 5000 to 5000', 'read 5000 to 10000', 'pushed 5000', 'acked 5000']);
  for (let slice = 0; slice < 4; slice++) await telemetry();
  expect(asked.splice(0).filter((what) => what.startsWith('read'))).toEqual([
    'read 10000 to 20000',
    'read 20000 to 40000',
    'read 40000 to 80000',
    'read 40000 to 120000',
  ]);
  push = () => Promise.reject(new SyncFault('UNREACHABLE', 'It is away.'));
  await expect(telemetry()).rejects.toThrow('It is away.');
  push = () => clock.run(2_000, 1_000);
  expect(asked.splice(0)).toEqual(['read 40000 to 160000']);
  await telemetry();
  // From what was acknowledged, not from what was read.
  expect(asked.splice(0, 2)).toEqual(['read 20000 to 100000', 'read 20000 to 120000']);
  await telemetry();
  expect(asked.filter((what) => what.startsWith('read'))).toEqual(['read 10000 to 130000']);
});
