import type { Clock } from '../ports/clock.ts';
import { type CentralTransport, SyncFault } from './central-transport.ts';

/** A half-open connection answers nothing and reports nothing. Nobody waits for it longer than this. */
const ANSWER_WITHIN_MS = 30_000;
/** Somebody stands and waits for a launch. */
const LEASE_WITHIN_MS = 1_500;

/** The same transport, of which every call ends: one that has no answer in time is cut off and is UNREACHABLE. */
export function withDeadlines(transport: CentralTransport, clock: Clock): CentralTransport {
  const within = <Answer>(limitMs: number, call: Promise<Answer>, giveUp: () => void): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(limitMs, () => {
        giveUp();
        reject(
          new SyncFault('UNREACHABLE', 'The central server does not answer. It is tried again by itself.'),
        );
      });
      call.finally(cancel).then(resolve, reject);
    });
  // Failing to close changes nothing: the call is given up either way.
  const cutOff = (): void => void transport.close().catch(() => undefined);
  const answered = <Answer>(call: Promise<Answer>): Promise<Answer> => within(ANSWER_WITHIN_MS, call, cutOff);
  return {
    hello: (hello) => answered(transport.hello(hello)),
    push: (batch, epoch) => answered(transport.push(batch, epoch)),
    pull: (input) => answered(transport.pull(input)),
    pushTelemetry: (batch, epoch) => answered(transport.pushTelemetry(batch, epoch)),
    digests: (table, cursor) => answered(transport.digests(table, cursor)),
    bucketRows: (table, bucket) => answered(transport.bucketRows(table, bucket)),
    lease: (input) => within(LEASE_WITHIN_MS, transport.lease(input), () => undefined),
    close: () => transport.close(),
  };
}
