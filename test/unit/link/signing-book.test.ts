import { minimal } from 'node-mavlink';
import { describe, expect, it } from 'vitest';
import { RadioSigning } from '../../../main/simulator/signing.ts';
import { FrameWriter, message, readFrames } from '../../../main/simulator/wire.ts';
import { SAVE_FLOORS_MS, SigningBook, type SigningFloors } from '../../../main/station/link/signing-book.ts';
import { FrameParser } from '../../../main/station/mavlink/frame-parser.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import type { AcceptUnsigned } from '../../../preload/contract/links.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const random = seededRandom(5);
const [OLD, NEW, STRANGE] = [random.bytes(32), random.bytes(32), random.bytes(32)];

/** A vehicle of the simulator's make, which signs with node-mavlink. */
function vehicle(clock: FakeClock, key: Uint8Array | null, systemId = 7) {
  const radio = new RadioSigning({
    obeysSetup: true,
    key: key === null ? null : Buffer.from(key),
    utcMs: () => clock.nowMs(),
  });
  const writer = new FrameWriter(systemId, 1, (bytes, magic) => radio.sign(bytes, magic));
  return { radio, heartbeat: () => writer.write(message(minimal.Heartbeat, { type: 2, autopilot: 3 })) };
}

function bench(floors: SigningFloors = {}) {
  const clock = new FakeClock();
  const confirmed: number[] = [];
  const failures: string[] = [];
  const book = new SigningBook({
    clock,
    floors,
    onConfirmed: (systemId) => confirmed.push(systemId),
    onFailure: (systemId, failure) => failures.push(`${systemId} ${failure}`),
  });
  const judge = (bytes: Uint8Array, policy: AcceptUnsigned = 'UNLESS_KEYED') => {
    let verdict: string | null = 'not parsed';
    const parser = new FrameParser((frame) => {
      verdict = book.refusal(frame, policy) ?? 'OK';
    });
    parser.push(bytes);
    return verdict;
  };
  return { clock, book, confirmed, failures, judge };
}

describe('whose frames count', () => {
  it('follows the policy for what is not signed', () => {
    const { clock, book, judge } = bench();
    const plain = vehicle(clock, null).heartbeat();
    expect([judge(plain, 'ALWAYS'), judge(plain), judge(plain, 'NEVER')]).toEqual(['OK', 'OK', 'UNSIGNED']);
    book.setKeys(7, { current: OLD, next: null });
    expect([judge(plain, 'ALWAYS'), judge(plain), judge(plain, 'NEVER')]).toEqual([
      'OK',
      'UNSIGNED',
      'UNSIGNED',
    ]);
    expect(judge(vehicle(clock, null, 8).heartbeat())).toBe('OK');
  });

  it('takes what is signed with the key, once', () => {
    const { clock, book, failures, judge } = bench();
    book.setKeys(7, { current: OLD, next: null });
    const bytes = vehicle(clock, OLD).heartbeat();
    expect([judge(bytes), judge(bytes), judge(vehicle(clock, STRANGE).heartbeat())]).toEqual([
      'OK',
      'REPLAYED',
      'WRONG',
    ]);
    expect(failures).toEqual(['7 REPLAYED', '7 WRONG']);
  });

  it('cannot judge a key that it never had, and says so only where every frame must be signed', () => {
    const { clock, judge } = bench();
    expect([
      judge(vehicle(clock, STRANGE).heartbeat()),
      judge(vehicle(clock, STRANGE).heartbeat(), 'NEVER'),
    ]).toEqual(['OK', 'WRONG']);
  });

  it('believes nobody when the key cannot be read', () => {
    const { clock, book, judge } = bench();
    book.setKeys(7, null);
    expect([judge(vehicle(clock, null).heartbeat()), judge(vehicle(clock, OLD).heartbeat())]).toEqual([
      'UNSIGNED',
      'WRONG',
    ]);
    expect(book.states()).toMatchObject([{ systemId: 7, state: 'UNREADABLE' }]);
  });

  it('knows a replay after a restart, also of what was heard since the last save', () => {
    const first = bench();
    first.book.setKeys(7, { current: OLD, next: null });
    const copter = vehicle(first.clock, OLD);
    first.judge(copter.heartbeat());
    const floors = first.book.movedFloors() ?? {};
    first.clock.advance(SAVE_FLOORS_MS - 1);
    const unsaved = copter.heartbeat();
    expect(first.judge(unsaved)).toBe('OK');

    const second = bench(JSON.parse(JSON.stringify(floors)) as SigningFloors);
    second.clock.advance(SAVE_FLOORS_MS + 1_000);
    second.book.setKeys(7, { current: OLD, next: null });
    expect(second.judge(unsaved)).toBe('REPLAYED');
    second.clock.advance(1_000);
    expect(second.judge(vehicle(second.clock, OLD).heartbeat())).toBe('OK');
  });
});

describe('a new key', () => {
  it('waits for the vehicle’s signature before it forgets the old', () => {
    const { clock, book, confirmed, judge } = bench();
    book.setKeys(7, { current: OLD, next: NEW });
    const copter = vehicle(clock, OLD);
    expect(judge(copter.heartbeat())).toBe('OK');
    expect(book.states()).toMatchObject([{ state: 'CONFIRMING', verifiedMsAgo: 0 }]);
    copter.radio.setUp([...NEW], BigInt(book.initialTimestamp(7)));
    expect([judge(copter.heartbeat()), confirmed]).toEqual(['OK', [7]]);
    expect(book.keysOf(7)).toEqual({ current: NEW, next: null });
    expect(judge(vehicle(clock, OLD).heartbeat())).toBe('WRONG');
  });

  it('is the first one: unsigned frames count until the vehicle signs', () => {
    const { clock, book, judge } = bench();
    book.setKeys(7, { current: null, next: NEW });
    const copter = vehicle(clock, null);
    const out = copter.heartbeat();
    expect([judge(out), book.sign(7, out, 0) === out]).toEqual(['OK', true]);
    copter.radio.setUp([...NEW], BigInt(book.initialTimestamp(7)));
    expect(judge(copter.heartbeat())).toBe('OK');
    expect(judge(vehicle(clock, null).heartbeat())).toBe('UNSIGNED');
  });

  it('signs so that the vehicle hears it, in bursts and with a clock that is behind', () => {
    const { clock, book, judge } = bench();
    book.setKeys(7, { current: OLD, next: null });
    const ahead = new FakeClock(clock.nowMs() + 3_600_000);
    const copter = vehicle(ahead, OLD);
    judge(copter.heartbeat());
    const station = new FrameWriter(255, 190);
    const accepted = Array.from({ length: 50 }, () => {
      const out = book.sign(7, station.write(message(minimal.Heartbeat, { type: 6 })), 3);
      return readOne(out, copter.radio);
    });
    expect(accepted).toEqual(Array(50).fill(true));
  });
});

function readOne(bytes: Uint8Array, radio: RadioSigning): boolean {
  const [frame] = readFrames(bytes);
  return frame !== undefined && radio.accepts(frame);
}
