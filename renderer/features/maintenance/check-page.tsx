import { Unplug } from 'lucide-react';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { OpenHealthCheck } from '../../../preload/contract/health.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { localTime } from '../../ui/formatting.ts';
import { FormDialog } from '../frame/form-dialog.tsx';
import { AutomaticItems } from './automatic-items.tsx';
import { DoorTests } from './door-tests.tsx';
import { useMaintenance } from './maintenance-context.ts';
import { useAskAgain } from './maintenance-queries.ts';
import { problemWords } from './maintenance-words.ts';
import { ManualChecklist } from './manual-checklist.tsx';
import { MotorTests } from './motor-tests.tsx';
import { ParametersPanel } from './parameters-panel.tsx';
import { SignDialog } from './sign-dialog.tsx';

interface CheckPageProps {
  check: OpenHealthCheck;
  model: string;
  nextDue: string | null;
  mayMaintain: boolean;
}

/** A check under way: what the drone says by itself, and what a person looks at. */
export function CheckPage({ check, model, nextDue, mayMaintain }: CheckPageProps) {
  const [asked, setAsked] = useState<'SIGN' | 'DISCARD' | null>(null);
  const askAgain = useAskAgain();
  const close = (): void => setAsked(null);
  return (
    <>
      <CheckHead check={check} mayMaintain={mayMaintain} onAsk={setAsked} />
      <span role="status" className="visually-hidden">
        {check.interrupted !== null && `${check.droneId} is out of contact: the automatic part stands still.`}
      </span>
      <div className="failure">
        {check.interrupted !== null && (
          <p>
            <Unplug aria-hidden="true" />
            {check.interrupted}
          </p>
        )}
      </div>
      <div className="check-columns">
        <div className="stack">
          <AutomaticItems items={check.automatic} stale={check.interrupted !== null} />
          <ParametersPanel check={check} model={model} mayMaintain={mayMaintain} />
        </div>
        <div className="stack">
          <ManualChecklist check={check} mayMaintain={mayMaintain} />
          {mayMaintain && <DoorTests check={check} />}
          {mayMaintain && <MotorTests check={check} />}
        </div>
      </div>
      {asked === 'SIGN' && (
        <SignDialog
          check={check}
          nextDue={nextDue}
          onClose={close}
          onSigned={() => {
            close();
            askAgain('history', check.droneId);
          }}
        />
      )}
      {asked === 'DISCARD' && <DiscardDialog droneId={check.droneId} onClose={close} />}
    </>
  );
}

interface CheckHeadProps {
  check: OpenHealthCheck;
  mayMaintain: boolean;
  onAsk(what: 'SIGN' | 'DISCARD'): void;
}

/** How far it is, and how it ends. */
function CheckHead({ check, mayMaintain, onAsk }: CheckHeadProps) {
  const maintenance = useMaintenance();
  return (
    <div className="check-head">
      <div className="check-progress">
        <span>
          <b>Health check under way</b>
          <span className="muted">
            {' '}
            since {localTime(check.startedAtMs)}, by {check.startedBy}
          </span>
        </span>
        <span className="muted">{progressWords(check)}</span>
        <progress max={1} value={check.collected} aria-label="Automatic part measured" />
      </div>
      <div className="buttons">
        <Button className="button" onPress={() => maintenance.openReport(check.healthCheckId)}>
          Report
        </Button>
        {mayMaintain && (
          <>
            <Button className="button" onPress={() => onAsk('DISCARD')}>
              Discard…
            </Button>
            <Button className="button primary" onPress={() => onAsk('SIGN')}>
              Sign…
            </Button>
          </>
        )}
      </div>
    </div>
  );
}

function progressWords(check: OpenHealthCheck): string {
  const percent = Math.round(check.collected * 100);
  if (check.interrupted !== null) return 'Interrupted';
  if (percent < 100) return `Measuring… ${percent} %`;
  return problemWords(check) ?? 'No problem found';
}

function DiscardDialog({ droneId, onClose }: { droneId: string; onClose(): void }) {
  const { client } = useStation().connection;
  const discard = useAction(() => client.health.discard({ droneId }), onClose);
  return (
    <FormDialog
      title={`Discard the health check of ${droneId}`}
      open
      onClose={onClose}
      confirm="Discard it"
      onConfirm={() => discard.run(undefined)}
      busy={discard.busy}
      failure={discard.failure}
    >
      <p>Nothing of it is kept: no result, no tick, no photo. The drone’s status stays as it is.</p>
    </FormDialog>
  );
}
