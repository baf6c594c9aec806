import type { NewTranscriptLine } from '../../../db/queries/query-map.ts';
import type { AircraftDirectory, VehicleNotice } from '../ports/aircraft.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { type Random, uuidV7 } from '../ports/random.ts';
import type { Store } from '../store/store.ts';
import { OrderedWriter } from './ordered-writer.ts';

const CAPACITY = 5_000;

type Utterance = VehicleNotice & { kind: 'VOICE' };

export interface TranscriptsOptions {
  flights(): readonly { missionId: string; systemId: number }[];
  aircraft: AircraftDirectory;
  read: Pick<Store['read'], 'missionTranscript'>;
  append: Store['write']['appendTranscript'];
  /** The conversation began, or its language or state changed. */
  onConversation(
    missionId: string,
    voice: { first: boolean; language: string; conversationState: string | null },
  ): void;
  /** A line of this mission was written. */
  onWritten?: (missionId: string) => void;
  clock: Clock;
  random: Random;
  alerts: Alerts;
  log: Log;
}

/** Writes down what is said at the scene, as the drone reports it. The words go to the database and nowhere else. */
export interface Transcripts {
  close(): Promise<void>;
}

export function createTranscripts(options: TranscriptsOptions): Transcripts {
  const { clock, random, alerts, log } = options;
  const conversations = new Map<string, string>();
  const writer = new OrderedWriter<NewTranscriptLine>({
    clock,
    alerts,
    log,
    name: 'transcripts',
    contents: 'lines of the conversation at the scene',
    capacity: CAPACITY,
    batchSize: 1,
    write: async (lines) => {
      for (const line of lines) await writeLine(line);
    },
  });

  /** A restarted station must not begin a conversation that its records already hold. */
  async function writeLine(line: NewTranscriptLine): Promise<void> {
    const { missionId, language, conversationState } = line;
    const heard = `${language} ${conversationState ?? ''}`;
    const before = conversations.get(missionId);
    const first = before === undefined && (await options.read.missionTranscript({ missionId })).length === 0;
    await options.append(line);
    const flying = new Set(options.flights().map((flight) => flight.missionId));
    for (const known of conversations.keys()) if (!flying.has(known)) conversations.delete(known);
    conversations.set(missionId, heard);
    if (first || heard !== before) options.onConversation(missionId, { first, language, conversationState });
    options.onWritten?.(missionId);
  }

  const stop = options.aircraft.onNotice((notice) => {
    if (notice.kind !== 'VOICE') return;
    const flight = options.flights().find(({ systemId }) => systemId === notice.systemId);
    if (flight === undefined) return;
    writer.add(transcriptLine(flight.missionId, notice, clock.nowMs(), random));
    void writer.flush();
  });
  return {
    async close(): Promise<void> {
      stop();
      await writer.close();
    },
  };
}

function transcriptLine(
  missionId: string,
  utterance: Utterance,
  nowMs: number,
  random: Random,
): NewTranscriptLine {
  const { speaker, text, language, confidence, conversationState } = utterance;
  return {
    transcriptId: uuidV7(nowMs, random),
    missionId,
    atMs: nowMs,
    speaker,
    text,
    language,
    confidence,
    conversationState,
  };
}
