import { ORPCError } from '@orpc/client';
import { ERROR_CODES, type ErrorCode } from '../../preload/contract/errors.ts';

/** What a person reads beside the thing that failed. */
export interface Failure {
  readonly code: ErrorCode | 'NOT_SENT' | 'OUTCOME_NOT_KNOWN' | 'UNEXPECTED';
  readonly sentence: string;
}

/** Thrown instead of keeping a request for later: nothing is ever sent after a reconnect (F1). */
export class StationUnreachable extends Error {
  override readonly name = 'StationUnreachable';
  constructor() {
    super('The station is not connected. Nothing was sent. Try again when it is back.');
  }
}

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

export function failureOf(error: unknown): Failure {
  if (error instanceof StationUnreachable) return { code: 'NOT_SENT', sentence: error.message };
  if (error instanceof ORPCError) {
    const code = CODES.find((known) => error.defined && known === error.code);
    if (code !== undefined) return { code, sentence: error.message };
    return { code: 'UNEXPECTED', sentence: `The station could not do this: ${error.message}` };
  }
  // Anything else means that the connection broke between the question and its answer.
  return {
    code: 'OUTCOME_NOT_KNOWN',
    sentence: 'The station did not answer. Whether this was done is not known: look before you try again.',
  };
}
