import { common, type MavLinkData } from 'node-mavlink';
import { describe, expect, it } from 'vitest';
import { chunksOf } from '../../../main/simulator/conversation.ts';
import type { DialectMessage } from '../../../main/simulator/dialect.ts';
import type { FaultName } from '../../../main/simulator/faults.ts';
import { dialect, GroundLink } from './ground-link.ts';

const CLOSED = 1;
const OPENING = 2;
const OPEN = 3;
const JAMMED = 4;

type Fields = Record<string, unknown>;

function last(link: GroundLink, Type: DialectMessage): Fields {
  return link.last(Type) as MavLinkData as unknown as Fields;
}

function all(link: GroundLink, Type: DialectMessage): Fields[] {
  return link.all(Type) as unknown as Fields[];
}

/** On the ground 300 m from the base, as after a delivery flight. */
function atScene(seed = 7, ...faults: FaultName[]): GroundLink {
  const link = new GroundLink({ seed });
  for (const fault of faults) link.fleet.setFault({ droneId: '*', fault, on: true, value: 1 });
  link.vehicle.airframe.northM = 300;
  link.run(3);
  return link;
}

describe('the AED compartment', () => {
  it('acks the gripper at once, opens after 2.5 s, and a bystander takes the AED 4 to 10 s later', () => {
    const link = atScene();
    expect(last(link, dialect.aedStatus)).toMatchObject({
      compartment: CLOSED,
      aedPresent: 1,
      aedRemoved: 2,
    });
    expect(link.command(211, [1, 0])).toBe(0);
    link.run(1.2);
    expect(last(link, dialect.aedStatus)).toMatchObject({ compartment: OPENING, aedPresent: 1 });
    link.run(2.3);
    expect(last(link, dialect.aedStatus)).toMatchObject({ compartment: OPEN, aedPresent: 1 });
    const openedMs = link.fleet.nowMs;
    link.until(() => last(link, dialect.aedStatus).aedRemoved === 1, 12, 'taking the AED out');
    expect(link.fleet.nowMs - openedMs).toBeGreaterThan(2_500);
    expect(last(link, dialect.aedStatus)).toMatchObject({ aedPresent: 2, compartment: OPEN });
  });

  it('jams: acked, moving, never open; it can be tried again when the jam is gone', () => {
    const link = atScene(7, 'jammed-aed');
    expect(link.command(211, [1, 0])).toBe(0);
    link.run(8);
    expect(last(link, dialect.aedStatus)).toMatchObject({
      compartment: JAMMED,
      aedPresent: 1,
      aedRemoved: 2,
    });
    link.fleet.setFault({ droneId: 'Alpha-1', fault: 'jammed-aed', on: false, value: 0 });
    expect(link.command(211, [1, 0])).toBe(0);
    link.run(4);
    expect(last(link, dialect.aedStatus)).toMatchObject({ compartment: OPEN });
  });

  it('stays full where nobody is', () => {
    const link = atScene(7, 'person-free-scene');
    link.command(211, [1, 0]);
    link.run(60);
    expect(last(link, dialect.aedStatus)).toMatchObject({ compartment: OPEN, aedPresent: 1, aedRemoved: 2 });
    expect(last(link, dialect.inferenceStatus)).toMatchObject({ persons: 0 });
    const spoken = all(link, dialect.voice);
    expect(spoken.map((one) => one.conversationState)).toEqual(['NO_ANSWER', 'NO_ANSWER', 'NO_ANSWER']);
  });
});

describe('the onboard inference', () => {
  it.each([
    ['inference-stopped', 4],
    ['inference-degraded', 3],
    ['hot-accelerator', 3],
  ] as const)('%s is seen in its status', (fault, state) => {
    const link = new GroundLink();
    link.run(10);
    expect(last(link, dialect.inferenceStatus)).toMatchObject({ state: 2, modelVersion: 'scene-2.3.1' });
    link.fleet.setFault({ droneId: '*', fault, on: true, value: 1 });
    link.run(40);
    expect(last(link, dialect.inferenceStatus)).toMatchObject({ state });
  });
});

describe('the conversation', () => {
  function utterances(
    link: GroundLink,
  ): { text: string; speaker: unknown; chunks: number; language: unknown }[] {
    const byNumber = Map.groupBy(all(link, dialect.voice), (one) => Number(one.utterance));
    return [...byNumber.values()].map((parts) => {
      expect(parts.map((part) => part.chunk)).toEqual(parts.map((_, index) => index));
      const text = Buffer.from(parts.map((part) => String(part.text)).join(''), 'latin1').toString('utf8');
      return {
        text,
        speaker: parts[0]?.speaker,
        chunks: Number(parts[0]?.chunks),
        language: parts[0]?.language,
      };
    });
  }

  it('is complete in both languages, with long utterances in chunks', () => {
    const seen = new Set<unknown>();
    for (let seed = 1; seed <= 12; seed++) {
      const link = atScene(seed);
      link.command(211, [1, 0]);
      link.run(150);
      const spoken = utterances(link);
      expect(spoken).toHaveLength(17);
      expect(Math.max(...spoken.map((one) => one.chunks))).toBeGreaterThanOrEqual(2);
      expect(new Set(spoken.map((one) => one.speaker))).toEqual(new Set([1, 2, 3]));
      expect(spoken.map((one) => one.text).join(' ')).not.toContain('\ufffd');
      seen.add(spoken[0]?.language);
    }
    expect(seen).toEqual(new Set(['en', 'es']));
  });

  it('waits for the AED before it explains it, and is silent with the voice link lost', () => {
    const link = atScene();
    link.run(120);
    expect(all(link, dialect.voice).some((one) => one.conversationState === 'AED_SETUP')).toBe(false);
    const mute = atScene(7, 'voice-lost');
    mute.run(60);
    expect(all(mute, dialect.voice)).toHaveLength(0);
  });

  it('cuts between characters, never through one', () => {
    const text = 'ñandú '.repeat(60);
    const chunks = chunksOf(text, 160);
    expect(chunks.join('')).toBe(text);
    expect(Math.max(...chunks.map((chunk) => Buffer.byteLength(chunk)))).toBeLessThanOrEqual(160);
  });
});

describe('the companion', () => {
  it('reports once a second as component 191 and refuses commands it does not know', () => {
    const link = new GroundLink();
    link.run(10);
    for (const id of [0, 390, 42100, 42101]) {
      const reports = link.heard.filter((one) => one.componentId === 191 && one.messageId === id);
      expect(reports, `message ${id}`).toHaveLength(10);
    }
    expect(link.command(400, [1], { component: 191 })).toBe(common.MavResult.UNSUPPORTED);
    expect(link.vehicle.autopilot.armed).toBe(false);
  });
});
