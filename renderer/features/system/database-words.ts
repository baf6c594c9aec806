import type { BackupManifest, RetentionRun } from '../../../preload/contract/records.ts';

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

export const REASON_WORDS: Record<BackupManifest['reason'], string> = {
  DAILY: 'daily',
  MIGRATION: 'before an update',
  ON_DEMAND: 'asked for',
};

export const TABLE_WORDS: Record<RetentionRun['table'], string> = {
  voice_transcripts: 'Transcripts, 7 days',
  telemetry: 'Raw telemetry, 90 days',
};
