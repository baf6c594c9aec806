import { type FtpExchange, FtpFailure } from './ftp-exchange.ts';
import { FTP_DATA_LENGTH, FTP_ERROR, FTP_OPCODE } from './ftp-payload.ts';

/** The queue of ArduPilot's file server is 5 long. */
const READS_AT_ONCE = 4;

/**
 * Reads one open file whose size nobody knows beforehand: ArduPilot makes `@PARAM/param.pck` while it is read, and
 * takes questions for pieces of one length alone.
 *
 * ```
 *  start --> READ 4 pieces from here on -- all full ----------------> go on behind them
 *                 |                     -- one is short: go on behind it
 *                 |                     -- the first is past the end --> DONE
 *                 +-- an answer does not come, or longer than the limit --> rejects with FtpFailure
 * ```
 */
export async function readToEnd(
  exchange: FtpExchange,
  parts: {
    readonly session: number;
    readonly limitBytes: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    if (parts.signal?.aborted === true) throw new FtpFailure(null, 'Broken off.');
    if (length > parts.limitBytes)
      throw new FtpFailure(null, 'The file does not end where such a file must have ended. It is not read.');
    const before = length;
    for (const piece of await readAhead(exchange, parts.session, length)) {
      pieces.push(piece);
      length += piece.length;
    }
    if (length === before) return joined(pieces, length);
  }
}

/** Pieces that follow each other from `from` on: up to the first that is not full; none at the end of the file. */
async function readAhead(exchange: FtpExchange, session: number, from: number): Promise<Uint8Array[]> {
  const asked = Array.from({ length: READS_AT_ONCE }, (_, index) =>
    exchange.ask({
      opcode: FTP_OPCODE.READ_FILE,
      session,
      offset: from + index * FTP_DATA_LENGTH,
      size: FTP_DATA_LENGTH,
    }),
  );
  const pieces: Uint8Array[] = [];
  let ended = false;
  for (const answer of await Promise.allSettled(asked)) {
    if (ended) continue;
    if (answer.status === 'fulfilled') {
      if (answer.value.data.length > 0) pieces.push(answer.value.data);
      ended = answer.value.data.length < FTP_DATA_LENGTH;
    } else if (answer.reason instanceof FtpFailure && answer.reason.code === FTP_ERROR.EOF) {
      ended = true;
    } else {
      throw answer.reason;
    }
  }
  return pieces;
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
