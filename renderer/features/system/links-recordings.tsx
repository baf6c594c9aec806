import { useState } from 'react';
import { Button } from 'react-aria-components';
import {
  type LinksOverview,
  SMALLEST_TLOG_BUDGET_BYTES,
  type TlogFile,
} from '../../../preload/contract/links.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { localDateAndTime } from './account-words.ts';
import { gigabytes } from './links-words.ts';

const SHOWN = 20;

/** What was recorded of the links, and the way to look at it again. */
export function LinksRecordings({ overview, mayManage }: { overview: LinksOverview; mayManage: boolean }) {
  const { client } = useStation().connection;
  const { tlog, replayBlocked } = overview;
  const open = useAction((file: string) => client.links.openReplay({ file }));
  const [path, setPath] = useState('');
  const mayOpen = mayManage && replayBlocked === null && !open.busy;
  return (
    <section className="system-section" aria-label="Recordings">
      <h3>Recordings of the links</h3>
      <p>
        {gigabytes(tlog.usedBytes)} of {gigabytes(tlog.budgetBytes)} in {tlog.folder}
        <span className="muted"> · the oldest make room for new ones</span>
      </p>
      {tlog.notice !== null && <p role="alert">{tlog.notice}</p>}
      {mayManage && <BudgetForm budgetBytes={tlog.budgetBytes} />}
      {replayBlocked !== null && <p className="muted">{replayBlocked}</p>}
      <table className="table" aria-label="Recordings">
        <thead>
          <tr>
            <th scope="col">Begun</th>
            <th scope="col">Size</th>
            <th scope="col">File</th>
            <th scope="col">
              <span className="visually-hidden">Replay</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tlog.files.slice(0, SHOWN).map((file) => (
            <RecordingRow
              key={file.name}
              file={file}
              recording={file.name === tlog.recording}
              onOpen={mayOpen ? () => open.run(file.name) : null}
            />
          ))}
        </tbody>
      </table>
      {mayManage && (
        <div className="links-add">
          <Field
            label="Another recording (.tlog) on this machine"
            value={path}
            onChange={setPath}
            maxLength={1_000}
            placeholder="/home/operator/flight.tlog"
          />
          <Button
            className="button"
            isDisabled={!mayOpen || path.trim() === ''}
            onPress={() => open.run(path.trim())}
          >
            Replay it
          </Button>
        </div>
      )}
      <FailureNote failure={open.failure} />
    </section>
  );
}

interface RecordingRowProps {
  file: TlogFile;
  recording: boolean;
  onOpen: (() => void) | null;
}

function RecordingRow({ file, recording, onOpen }: RecordingRowProps) {
  const begun = localDateAndTime(file.startedAtMs);
  return (
    <tr>
      <td className="nowrap">{begun}</td>
      <td className="nowrap">{gigabytes(file.sizeBytes)}</td>
      <td className="muted">
        {file.name}
        {recording && ' · being recorded'}
      </td>
      <td className="table-action">
        <Button
          className="button small"
          aria-label={`Replay ${begun}`}
          isDisabled={onOpen === null}
          onPress={() => onOpen?.()}
        >
          Replay
        </Button>
      </td>
    </tr>
  );
}

function BudgetForm({ budgetBytes }: { budgetBytes: number }) {
  const { client } = useStation().connection;
  const [typed, setTyped] = useState<string | null>(null);
  const save = useAction(
    (bytes: number) => client.links.setTlogBudget({ budgetBytes: bytes }),
    () => setTyped(null),
  );
  const value = typed ?? String(budgetBytes / 1e9);
  const bytes = Number(value.replace(',', '.')) * 1e9;
  const usable = bytes >= SMALLEST_TLOG_BUDGET_BYTES && Number.isFinite(bytes);
  return (
    <div className="links-add">
      <Field
        label="Room for recordings, GB"
        value={value}
        onChange={setTyped}
        inputMode="decimal"
        maxLength={8}
        error={usable ? null : 'At least 0.1 GB.'}
      />
      <Button
        className="button"
        isDisabled={typed === null || !usable || save.busy}
        onPress={() => save.run(bytes)}
      >
        Use this much
      </Button>
      <FailureNote failure={save.failure} />
    </div>
  );
}
