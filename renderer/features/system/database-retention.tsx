import type { RecordsStatus, RetentionRun } from '../../../preload/contract/records.ts';
import { localDateAndTime } from './account-words.ts';
import { TABLE_WORDS } from './database-words.ts';

/** What was removed because its time was over, and when that happens next. */
export function RetentionSection({ retention }: { retention: RecordsStatus['retention'] }) {
  return (
    <section className="system-section" aria-label="Retention">
      <h3>Retention</h3>
      <p className="muted">
        Transcripts are kept for 7 days and are in no backup, raw telemetry for 90 days; its sums by the
        minute stay for good.{' '}
        {retention.running
          ? 'Running now.'
          : `Runs again about ${localDateAndTime(retention.nextAtMs)}, or as soon as this machine is awake after that.`}
      </p>
      <table className="table" aria-label="What was removed">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">Older than</th>
            <th scope="col">Removed</th>
            <th scope="col">Note</th>
          </tr>
        </thead>
        <tbody>
          {retention.runs.map((run) => (
            <tr key={`${run.atMs} ${run.table}`}>
              <td className="nowrap">{localDateAndTime(run.atMs)}</td>
              <td>{TABLE_WORDS[run.table]}</td>
              <td className="nowrap">{localDateAndTime(run.beforeMs)}</td>
              <td>{run.removed}</td>
              <td className="muted">{note(run)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function note({ removedUnsent, waitingSinceMs }: RetentionRun): string {
  if (removedUnsent > 0)
    return `${removedUnsent} had not reached the central server: the law's limit came first`;
  if (waitingSinceMs !== null)
    return `Rows from ${localDateAndTime(waitingSinceMs)} on wait until the central server has them`;
  return '';
}
