import { TriangleAlert } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { Button } from 'react-aria-components';
import type { RecordsStatus } from '../../../preload/contract/records.ts';
import { useAction } from '../../client/use-action.ts';
import { followFeed } from '../../state/feed.ts';
import { useStation } from '../../state/station.ts';
import { createStore, useSelected } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { localDateAndTime } from './account-words.ts';
import { BackupTable } from './database-backups.tsx';
import { RetentionSection } from './database-retention.tsx';
import { megabytes } from './database-words.ts';

/** The records as a whole: how large, backed up when, what was removed; and the way back to an earlier state. */
export function DatabaseTab() {
  const station = useStation();
  const store = useMemo(() => createStore<RecordsStatus | null>(null), []);
  useEffect(
    () =>
      followFeed(
        station.session.gate,
        (signal) => station.connection.client.records.watch(undefined, { signal }),
        store.set,
      ),
    [station, store],
  );
  const status = useSelected(store, (value) => value);
  if (status === null) return <p className="muted">Waiting for the station to answer…</p>;
  return (
    <>
      <section className="system-section" aria-label="Database">
        <h3>Database</h3>
        <p>
          {megabytes(status.sizeBytes)} in {status.dataDirectory}
        </p>
        <p className="muted">
          Last checkpoint{' '}
          {status.lastCheckpointAtMs === null
            ? 'not needed yet'
            : localDateAndTime(status.lastCheckpointAtMs)}{' '}
          · {status.slowQueries} slow {status.slowQueries === 1 ? 'query' : 'queries'} since the start
        </p>
        {status.notice !== null && <p role="status">{status.notice}</p>}
      </section>
      <KeySection />
      <BackupSection backups={status.backups} />
      <BackupTable backups={status.backups.list} blocked={status.restoreBlocked} />
      <RetentionSection retention={status.retention} />
    </>
  );
}

/** Backups do not hold the key: where it is decides what a restore elsewhere needs. */
function KeySection() {
  const { system } = useStation();
  const key = useSelected(system, (state) => state.status?.stationKey ?? null);
  if (key === null) return null;
  return (
    <section className="system-section" aria-label="Keys">
      <h3>Keys</h3>
      <p>
        {key.keptIn === 'KEY_STORE'
          ? 'Tokens, signing keys and second factors are sealed with a key that this computer’s key store keeps.'
          : 'Tokens, signing keys and second factors are sealed with a key in the file station.key beside the records, which only the user who runs the station may read.'}{' '}
        <span className="muted">No backup holds that key.</span>
      </p>
      {key.notice !== null && (
        <p role="alert" className="system-caution">
          <TriangleAlert aria-hidden="true" />
          {key.notice}
        </p>
      )}
    </section>
  );
}

function BackupSection({ backups }: { backups: RecordsStatus['backups'] }) {
  const { client } = useStation().connection;
  const backUp = useAction(() => client.records.backUpNow());
  const cancel = useAction(() => client.records.cancelBackup());
  const newest = backups.list[0];
  const { running, lastFailure } = backups;
  return (
    <section className="system-section" aria-label="Backups">
      <h3>Backups</h3>
      <p>
        {newest === undefined
          ? 'There is no backup yet.'
          : `Last backup ${localDateAndTime(newest.madeAtMs)}, opened and counted ${localDateAndTime(newest.verifiedAtMs)}.`}{' '}
        <span className="muted">The next one is made about {localDateAndTime(backups.nextAtMs)}.</span>
      </p>
      {backups.notice !== null && <p role="alert">{backups.notice}</p>}
      {lastFailure !== null && running === null && (
        <p role="alert">
          {localDateAndTime(lastFailure.atMs)}: {lastFailure.sentence}
        </p>
      )}
      <div className="buttons">
        {running === null ? (
          <Button className="button" isDisabled={backUp.busy} onPress={() => backUp.run(undefined)}>
            Back up now
          </Button>
        ) : (
          <>
            <progress
              aria-label={running.step === 'COPYING' ? 'Copying' : 'Opening and counting the copy'}
              value={running.share}
              max={1}
            />
            <span role="status">
              {running.step === 'COPYING' ? 'Copying…' : 'Opening and counting the copy…'}
            </span>
            <Button className="button" isDisabled={cancel.busy} onPress={() => cancel.run(undefined)}>
              Cancel
            </Button>
          </>
        )}
      </div>
      <FailureNote failure={backUp.failure ?? cancel.failure} />
      <FolderForm folder={backups.folder} />
    </section>
  );
}

function FolderForm({ folder }: { folder: string }) {
  const { client } = useStation().connection;
  const [typed, setTyped] = useState<string | null>(null);
  const save = useAction(
    (chosen: string) => client.records.setBackupFolder({ folder: chosen }),
    () => setTyped(null),
  );
  const value = typed ?? folder;
  return (
    <div className="two">
      <Field
        label="Folder of the backups"
        value={value}
        onChange={setTyped}
        maxLength={1_000}
        hint="With its whole path. Best on another disk than the records. Backups in the old folder stay there."
      />
      <div>
        <Button
          className="button"
          isDisabled={value === folder || save.busy}
          onPress={() => save.run(value.trim())}
        >
          Use this folder
        </Button>
        <FailureNote failure={save.failure} />
      </div>
    </div>
  );
}
