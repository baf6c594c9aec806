import { useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import type { BaselineSummary, OpenHealthCheck } from '../../../preload/contract/health.ts';
import type { Failure } from '../../client/failure.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { localTime, NONE } from '../../ui/formatting.ts';
import { FormDialog } from '../frame/form-dialog.tsx';
import { moment } from '../review/review-words.ts';
import { saveFile } from '../review/save-file.ts';
import { useAskAgain, useBaselineDifferences, useBaselines } from './maintenance-queries.ts';

interface ParametersPanelProps {
  check: OpenHealthCheck;
  model: string;
  mayMaintain: boolean;
}

/** What the drone is set to, against what the fleet's technicians approved for its model. */
export function ParametersPanel({ check, model, mayMaintain }: ParametersPanelProps) {
  const { droneId, parametersPercent, parametersRead, parametersFailure } = check;
  const { client } = useStation().connection;
  const [approving, setApproving] = useState(false);
  const askAgain = useAskAgain();
  const read = useAction(() => client.health.readParameters({ droneId }));
  const baselines = useBaselines();
  const baseline = baselines.data?.baselines.find((each) => each.model === model) ?? null;
  const found = useBaselineDifferences(droneId);
  const differences = found.data?.differences ?? null;
  const reading = parametersPercent !== null;
  const wasReading = useRef(reading);
  useEffect(() => {
    if (wasReading.current && !reading) askAgain('differences');
    wasReading.current = reading;
  });
  return (
    <section className="maintenance-section" aria-label="Parameters">
      <h3>Parameters</h3>
      <p className="muted">{baselineWords(baseline, model)}</p>
      <div className="buttons">
        {mayMaintain && (
          <Button
            className="button small"
            isDisabled={reading || check.interrupted !== null}
            onPress={() => read.run(undefined)}
          >
            {reading ? `Reading… ${Math.round(parametersPercent)} %` : 'Read parameters'}
          </Button>
        )}
        {differences !== null && differences.length > 0 && (
          <Button
            className="button small"
            onPress={() => saveFile(`${droneId}-parameters.csv`, 'text/csv', csvOf(differences))}
          >
            Save the differences
          </Button>
        )}
        {mayMaintain && (
          <Button className="button small" isDisabled={reading} onPress={() => setApproving(true)}>
            Approve as baseline…
          </Button>
        )}
      </div>
      {reading && <progress max={100} value={parametersPercent} aria-label="Parameters that were read" />}
      <p role="status">
        {!reading && parametersRead !== null && (
          <>
            {parametersRead.count} parameters read at {localTime(parametersRead.atMs)}.
          </>
        )}
      </p>
      <FailureNote failure={toldFailure(read.failure, reading ? null : parametersFailure) ?? found.failure} />
      {differences !== null && <Differences differences={differences} />}
      {approving && (
        <ApproveDialog
          droneId={droneId}
          model={model}
          onClose={() => setApproving(false)}
          onDone={() => {
            setApproving(false);
            askAgain('baselines');
            askAgain('differences');
          }}
        />
      )}
    </section>
  );
}

/** A reading may outlast the patience for an answer: then the check itself says how it went. */
function toldFailure(failure: Failure | null, ofTheCheck: string | null): Failure | null {
  if (ofTheCheck !== null) return { code: 'COMMAND_UNKNOWN', sentence: ofTheCheck };
  return failure?.code === 'OUTCOME_NOT_KNOWN' || failure?.code === 'COMMAND_UNKNOWN' ? null : failure;
}

function baselineWords(baseline: BaselineSummary | null, model: string): string {
  if (baseline === null)
    return `No baseline was approved for ${model} yet. Read a drone that is set as all should be, then approve it.`;
  const { parameters, firmware, droneId, approvedAtMs, approvedBy } = baseline;
  return `Baseline of ${model}: ${parameters} parameters and ${firmware}, from ${droneId}, approved ${moment(approvedAtMs)} by ${approvedBy}.`;
}

interface Difference {
  readonly name: string;
  readonly approved: number | null;
  readonly held: number | null;
}

function Differences({ differences }: { differences: readonly Difference[] }) {
  if (differences.length === 0) return <p>Nothing differs from the baseline.</p>;
  return (
    <table className="table">
      <caption className="muted">
        {differences.length === 1 ? '1 parameter differs' : `${differences.length} parameters differ`}
      </caption>
      <thead>
        <tr>
          <th scope="col">Parameter</th>
          <th scope="col">Approved</th>
          <th scope="col">On this drone</th>
        </tr>
      </thead>
      <tbody>
        {differences.map(({ name, approved, held }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{approved ?? NONE}</td>
            <td>{held ?? NONE}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function csvOf(differences: readonly Difference[]): string {
  const rows = differences.map(({ name, approved, held }) => `${name},${approved ?? ''},${held ?? ''}`);
  return ['parameter,approved,held', ...rows, ''].join('\r\n');
}

interface ApproveDialogProps {
  droneId: string;
  model: string;
  onClose(): void;
  onDone(): void;
}

function ApproveDialog({ droneId, model, onClose, onDone }: ApproveDialogProps) {
  const { client } = useStation().connection;
  const approve = useAction(() => client.health.approveBaseline({ droneId }), onDone);
  return (
    <FormDialog
      title={`Approve as baseline of ${model}`}
      open
      onClose={onClose}
      confirm="Approve"
      onConfirm={() => approve.run(undefined)}
      busy={approve.busy}
      failure={approve.failure}
    >
      <p>
        Firmware and parameters of {droneId}, as they were read last, become what every {model} of the fleet
        is compared with. It is recorded with your name.
      </p>
    </FormDialog>
  );
}
