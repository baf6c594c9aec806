import { mapEventIterator } from '@orpc/client';
import { ORPCError, ValidationError } from '@orpc/server';
import { ERROR_CODES, type ErrorCode, errorStatus, Refusal } from '../../../preload/contract/errors.ts';
import type { Log } from '../ports/log.ts';

/** Runs a call so that every failure leaves in the contract's words: of a request, and of a feed at any later time. */
export async function inContractWords(
  { next, path }: { next(): Promise<unknown>; path: readonly string[] },
  log: Log,
): Promise<unknown> {
  try {
    const output = await next();
    if (!isFeed(output)) return output;
    return mapEventIterator(output, {
      value: async (value) => value,
      error: async (error) => toContractError(error, path, log),
    });
  } catch (error) {
    throw toContractError(error, path, log);
  }
}

/** A transport's answer to a call that the contract does not have: the same kind of refusal as every other. */
export async function withUnknownCallRefused<Result extends { matched: boolean }>({
  next,
  request,
}: {
  next(): Promise<Result>;
  request: { url: URL };
}): Promise<
  Result | { matched: true; response: { status: number; headers: Record<string, string>; body: unknown } }
> {
  const result = await next();
  if (result.matched) return result;
  const call = request.url.pathname.slice(1).replaceAll('/', '.').slice(0, 100);
  const error = contractError('NOT_FOUND', `There is no call named ${call}.`);
  return { matched: true, response: { status: error.status, headers: {}, body: { json: error.toJSON() } } };
}

function isFeed(output: unknown): output is AsyncIterator<unknown, unknown> {
  return typeof output === 'object' && output !== null && Symbol.asyncIterator in output;
}

/**
 * The one place where a failure becomes what a person reads and a program branches on. What nobody foresaw is logged
 * by its name and leaves in neutral words: no stack, no SQL, no caller's text crosses the border.
 */
function toContractError(error: unknown, path: readonly string[], log: Log): ORPCError<string, unknown> {
  const call = path.join('.');
  if (error instanceof Refusal) return contractError(error.code, error.message);
  if (error instanceof ORPCError) {
    const isBadInput = error.code === 'BAD_REQUEST' && error.cause instanceof ValidationError;
    if (isBadInput && error.cause instanceof ValidationError)
      return contractError('INVALID_INPUT', issuesSentence(error.cause));
    if (error.code === 'BAD_REQUEST') return contractError('INVALID_INPUT', 'The request is malformed.');
    if (error.code === 'NOT_FOUND')
      return new ORPCError('NOT_FOUND', {
        defined: true,
        status: 404,
        message: `There is no call named ${call || 'that'}.`,
      });
    if (error.cause instanceof ValidationError)
      log.error('answer-off-contract', { call, issues: issuesSentence(error.cause) });
    return error;
  }
  log.error('call-failed', {
    call,
    error: error instanceof Error ? error.name : typeof error,
    stack: firstFrame(error),
  });
  return new ORPCError('INTERNAL_SERVER_ERROR', {
    message:
      'The station could not do this. Nothing was sent to a drone. Try again; if it stays, see the log.',
  });
}

function contractError(code: ErrorCode, sentence: string): ORPCError<string, unknown> {
  return new ORPCError(code, {
    defined: true,
    status: errorStatus(code),
    message: sentence || ERROR_CODES[code],
  });
}

/** The first three complaints, each naming its field. */
function issuesSentence(error: ValidationError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => {
      const field = (issue.path ?? [])
        .map((part) => String(typeof part === 'object' ? part.key : part))
        .join('.');
      return field === '' || issue.message.toLowerCase().includes(field.toLowerCase())
        ? issue.message
        : `${field}: ${issue.message}`;
    })
    .join(' ');
}

function firstFrame(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return error.stack
    ?.split('\n')
    .find((line) => line.trim().startsWith('at '))
    ?.trim();
}
