import { expect, test } from 'vitest';
import { MessageWindow } from '../../../main/station/health/message-window.ts';
import { FrameParser } from '../../../main/station/mavlink/frame-parser.ts';
import { RAW_IMU, SYS_STATUS } from '../../../main/station/mavlink/generated/messages.ts';
import { said } from '../../support/health-facts.ts';

test('a vehicle that floods its window fills neither more than a minute nor more than is needed of it', () => {
  const window = new MessageWindow({ recentMs: 20_000, keptMs: 60_000 }, [SYS_STATUS]);
  let nowMs = 0;
  const parser = new FrameParser((frame) => window.accept(frame, nowMs));
  const flood = (everyMs: number, count: number): void => {
    for (let index = 0; index < count; index++) {
      nowMs += everyMs;
      parser.push(said(SYS_STATUS, { load: index }).bytes);
      parser.push(said(RAW_IMU, {}).bytes);
    }
  };
  flood(1, 2_000);
  expect(window.since(SYS_STATUS, 0)).toHaveLength(600);
  flood(1_000, 200);
  expect(window.since(SYS_STATUS, 0)).toHaveLength(61);
  expect(window.all(SYS_STATUS, nowMs)).toHaveLength(21);
  // What nobody reads is not kept.
  expect(window.saidOnce(RAW_IMU)).toBeNull();
});
