import { useEffect, useMemo } from 'react';
import { Button } from 'react-aria-components';
import type { ServerHealth, SyncStatus } from '../../../preload/contract/sync.ts';
import { useAction } from '../../client/use-action.ts';
import { followFeed } from '../../state/feed.ts';
import { useNowMs } from '../../state/now.ts';
import { useStation } from '../../state/station.ts';
import { createStore, useSelected } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { localDateAndTime } from './account-words.ts';
import { SyncConflicts } from './sync-conflicts.tsx';
import { SyncConnection } from './sync-connection.tsx';
import { SyncRefusals } from './sync-refusals.tsx';
import { count, PHASE_WORDS, perSecond, waitingInWords } from './sync-words.ts';
import './sync.css';

/** What waits, what was refused, what two stations disagree about; and how the centre is reached. */
export function SyncTab() {
  const station = useStation();
  const store = useMemo(() => createStore<SyncStatus | null>(null), []);
  useEffect(
    () =>
      followFeed(
        station.session.gate,
        (signal) => station.connection.client.sync.watch(undefined, { signal }),
        store.set,
      ),
    [station, store],
  );
  const status = useSelected(store, (value) => value);
  if (status === null) return <p className="muted">Waiting for the station to answer…</p>;
  const isSetUp = status.phase !== 'NOT_SET_UP';
  return (
    <>
      <StateSection status={status} />
      {isSetUp && <FiguresSection status={status} />}
      <SyncConflicts count={status.conflicts} />
      <SyncRefusals count={status.refused} />
      <SyncConnection startOpen={!isSetUp} />
    </>
  );
}

function StateSection({ status }: { status: SyncStatus }) {
  const { client } = useStation().connection;
  const pause = useAction(() => client.sync.pause());
  const resume = useAction(() => client.sync.resume());
  const syncNow = useAction(() => client.sync.syncNow());
  const { phase, central, redis } = status;
  return (
    <section className="system-section" aria-label="State of the sync">
      <h3>Sync with the centre</h3>
      <p className="sync-phase" role="status">
        {PHASE_WORDS[phase]}
        {status.stationId !== null && <span className="muted"> · this station is {status.stationId}</span>}
      </p>
      {phase === 'NOT_SET_UP' ? (
        <p className="muted">
          This station works by itself: everything is recorded here. Connected to a centre, it sends its
          records there and shows what other stations fly.
        </p>
      ) : (
        <>
          <dl className="sync-servers">
            <Server name="PostgreSQL" health={central} />
            <Server name="Redis" health={redis} />
          </dl>
          <div className="buttons">
            {phase === 'PAUSED' ? (
              <Button className="button" isDisabled={resume.busy} onPress={() => resume.run(undefined)}>
                Resume
              </Button>
            ) : (
              <>
                <Button className="button" isDisabled={syncNow.busy} onPress={() => syncNow.run(undefined)}>
                  Sync now
                </Button>
                <Button className="button" isDisabled={pause.busy} onPress={() => pause.run(undefined)}>
                  Pause
                </Button>
              </>
            )}
          </div>
          <FailureNote failure={pause.failure ?? resume.failure ?? syncNow.failure} />
        </>
      )}
    </section>
  );
}

const HEALTH_WORDS: Record<ServerHealth['state'], string> = {
  UP: 'Connected',
  DOWN: 'Not connected',
  OFF: 'Not set up',
};

function Server({ name, health }: { name: string; health: ServerHealth }) {
  return (
    <div className="sync-server">
      <dt>
        <i className={health.state === 'UP' ? 'dot ok' : 'dot'} aria-hidden="true" /> {name}
      </dt>
      <dd>
        {HEALTH_WORDS[health.state]}
        {health.state !== 'OFF' && <span className="muted"> since {localDateAndTime(health.sinceMs)}</span>}
        {health.address !== null && <span className="muted"> · {health.address}</span>}
        {health.sentence !== null && <p>{health.sentence}</p>}
      </dd>
    </div>
  );
}

function FiguresSection({ status }: { status: SyncStatus }) {
  const nowMs = useNowMs();
  const { waiting, throughput } = status;
  return (
    <section className="system-section" aria-label="What waits">
      <h3>What waits</h3>
      <p>{waitingInWords(waiting, nowMs)}</p>
      <p className="muted">
        {count(waiting.telemetryRows, 'row', 'rows')} of telemetry wait; they go last.
        {waiting.telemetryDropped > 0 &&
          ` ${count(waiting.telemetryDropped, 'row was', 'rows were')} removed by retention before they could be sent.`}
        {waiting.parked > 0 &&
          ` ${count(waiting.parked, 'received record waits', 'received records wait')} for what they refer to.`}
      </p>
      {waiting.misshapen > 0 && (
        <p>
          {count(waiting.misshapen, 'received record has', 'received records have')} a form that was not
          agreed and {waiting.misshapen === 1 ? 'was' : 'were'} put aside. Everything else goes on. Ask the
          centre’s administrator to run “npm run central -- verify”.
        </p>
      )}
      <table className="table sync-figures" aria-label="Throughput">
        <thead>
          <tr>
            <th scope="col">Sent</th>
            <th scope="col">Received</th>
            <th scope="col">Last success</th>
            <th scope="col">The centre’s clock</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>{perSecond(throughput.sentPerS)} rows/s</td>
            <td>{perSecond(throughput.receivedPerS)} rows/s</td>
            <td className="nowrap">
              {status.lastSuccessAtMs === null ? 'never yet' : localDateAndTime(status.lastSuccessAtMs)}
            </td>
            <td>{clockInWords(status.clockOffsetMs)}</td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}

function clockInWords(offsetMs: number): string {
  const seconds = Math.abs(offsetMs) / 1_000;
  if (seconds < 1) return 'agrees with ours';
  return `${seconds < 90 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`} ${offsetMs > 0 ? 'ahead of' : 'behind'} ours`;
}
