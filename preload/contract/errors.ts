import { oc } from '@orpc/contract';

/**
 * Every refusal that can cross the border between station and window: a code for the program. The sentence for the
 * person travels as the error's message and always says what to do next.
 */
export const ERROR_CODES = {
  INVALID_INPUT: 'A field is missing, out of range or malformed.',
  NOT_SIGNED_IN: 'Sign in first.',
  SIGN_IN_REFUSED: 'The name or the password is wrong.',
  SECOND_FACTOR_NEEDED: 'Enter the code of your authenticator app, or a recovery code.',
  PASSWORD_CHANGE_NEEDED: 'Choose a password of your own first.',
  TOO_MANY_ATTEMPTS: 'Too many attempts. Wait before trying again.',
  FORBIDDEN: 'Your role does not allow this.',
  NOT_FOUND: 'There is no such record.',
  CONFLICT: 'Somebody or something else changed this first.',
  NO_GO: 'The go/no-go check does not allow this launch.',
  DECISION_EXPIRED: 'The go/no-go check is too old. Assess again.',
  DRONE_NOT_REGISTERED: 'This vehicle is not registered. Register it with id, serial number and base first.',
  DRONE_BUSY: 'This drone already flies a mission.',
  DRONE_OUT_OF_CONTACT: 'No link to this drone. Nothing was sent.',
  COMMAND_REFUSED: 'The drone refused the command.',
  COMMAND_UNKNOWN: 'No answer from the drone. Whether it obeyed is not known.',
  MISSION_OVER: 'This mission is over and cannot be changed.',
  STORAGE_FULL: 'The disk is full. Nothing was saved.',
  STORAGE_UNAVAILABLE: 'The database does not answer. Nothing was saved.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * The HTTP status that goes with a code. Station and contract must agree on it: the transport takes an error with
 * another status for one that the contract does not know.
 */
export function errorStatus(code: ErrorCode): number {
  if (code === 'NOT_SIGNED_IN' || code === 'SIGN_IN_REFUSED') return 401;
  if (code === 'FORBIDDEN') return 403;
  if (code === 'NOT_FOUND') return 404;
  if (code === 'TOO_MANY_ATTEMPTS') return 429;
  if (code === 'STORAGE_FULL' || code === 'STORAGE_UNAVAILABLE') return 503;
  return code === 'INVALID_INPUT' ? 400 : 409;
}

type ErrorMap = { [Code in ErrorCode]: { message: (typeof ERROR_CODES)[Code]; status: number } };

const errorMap = Object.fromEntries(
  Object.entries(ERROR_CODES).map(([code, message]) => [
    code,
    { message, status: errorStatus(code as ErrorCode) },
  ]),
) as ErrorMap;

/** The base of every contract call: all calls share the one closed set of codes. */
export const call = oc.errors(errorMap);

/** A refusal inside the station. The api turns it into the contract's error of the same code. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
  }
}
