import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { Candidate, Decision } from '../../../preload/contract/dispatch.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { useAction } from '../../client/use-action.ts';
import { useAgeS } from '../../state/now.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { duration } from '../../ui/formatting.ts';
import { HoldButton } from '../../ui/hold-button.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { CandidateList } from './candidate-list.tsx';
import { CheckList } from './check-list.tsx';
import { CloseDialog } from './close-dialog.tsx';
import './dispatch-side.css';
import { type IntakeState, shownCandidate } from './intake.ts';
import { useIntake } from './intake-context.ts';
import { OverrideDialog } from './override-dialog.tsx';
import { isOverridable, verdictWords } from './verdict.ts';

/** Go or no-go with every reason, the other drones, and the launch. */
export function DispatchSide({ person }: { person: Person }) {
  const draft = useStore(useIntake().state);
  const candidate = shownCandidate(draft);
  return (
    <>
      <ScrollArea label="Checks and drones">
        {draft.decision === null || candidate === null ? (
          <NoDecision draft={draft} />
        ) : (
          <>
            <Verdict decision={draft.decision} candidate={candidate} />
            <CheckList checks={candidate.checks} />
            <CandidateList decision={draft.decision} shown={candidate} />
          </>
        )}
      </ScrollArea>
      <LaunchActions draft={draft} candidate={candidate} person={person} />
    </>
  );
}

function NoDecision({ draft }: { draft: IntakeState }) {
  const words =
    draft.position === null
      ? 'Say where: click the map or type coordinates. Go or no-go appears here at once.'
      : draft.decision === null
        ? 'Assessing…'
        : 'No drone is registered at this station. None can be sent.';
  return (
    <div className="verdict" data-verdict="none">
      <p className="muted" role="status">
        {draft.failure === null && words}
      </p>
      <FailureNote failure={draft.failure} />
    </div>
  );
}

function Verdict({ decision, candidate }: { decision: Decision; candidate: Candidate }) {
  const go = candidate.verdict === 'GO';
  const ageS = useAgeS(decision.computedAtMs);
  return (
    <div className="verdict" data-verdict={candidate.verdict} data-stale={ageS !== null && ageS > 5}>
      <b className="verdict-word">{go ? 'GO' : 'NO-GO'}</b>
      {/* Said when it changes, not at every renewal. */}
      <span className="visually-hidden" role="status">
        {go ? 'Go' : 'No-go'} for {candidate.droneId}
      </span>
      <span className="verdict-words">
        {candidate.droneId}
        {candidate.baseStationId !== null && ` from ${candidate.baseStationId}`}
        <span className="muted">
          {ageS !== null && ageS > 5
            ? `decided ${ageS} s ago: too old for a launch`
            : verdictWords(candidate, decision)}
        </span>
      </span>
      {candidate.timeToSceneS !== null && (
        <span className="verdict-time">
          <b>{duration(candidate.timeToSceneS)}</b>
          <span className="muted">to scene</span>
        </span>
      )}
    </div>
  );
}

function mayOverride(person: Person, candidate: Candidate | null): candidate is Candidate {
  return candidate !== null && isOverridable(candidate) && person.permissions.includes('override_go_no_go');
}

function whyNotLaunched(mayLaunch: boolean, candidate: Candidate | null): string {
  if (!mayLaunch) return 'your account may not launch drones';
  return candidate === null ? 'no drone yet' : 'the reasons are above';
}

function launchWords(candidate: Candidate | null): string {
  if (candidate === null) return 'Launch';
  return candidate.verdict === 'GO' ? `Launch ${candidate.droneId}` : `No-go for ${candidate.droneId}`;
}

interface LaunchProps {
  draft: IntakeState;
  candidate: Candidate | null;
  person: Person;
}

function LaunchActions({ draft, candidate, person }: LaunchProps) {
  const station = useStation();
  const intake = useIntake();
  const [dialog, setDialog] = useState<'override' | 'close' | null>(null);
  const launch = useAction(
    (order: { decisionId: string; droneId: string; override?: { reason: string } }) =>
      station.connection.client.dispatch.launch(order),
    (mission) => {
      setDialog(null);
      intake.startNew();
      station.view.show(mission.droneId);
    },
  );
  // A refusal speaks of the launch that was tried, not of the next one.
  const openDialog = (next: 'override' | 'close'): void => {
    launch.forget();
    setDialog(next);
  };
  const { decision, emergency } = draft;
  const go = candidate?.verdict === 'GO';
  const mayLaunch = person.permissions.includes('launch');
  const canClose = emergency !== null && person.permissions.includes('take_calls');
  const canOverride = mayLaunch && mayOverride(person, candidate);

  const send = (override?: { reason: string }): void => {
    // The newest decision, not the one on screen when the hold began: a launch needs one of the last 5 s (F3).
    const newest = intake.state.get().decision;
    if (newest === null || candidate === null || launch.busy) return;
    const { decisionId } = newest;
    launch.run({ decisionId, droneId: candidate.droneId, ...(override && { override }) });
  };

  return (
    <div className="side-actions">
      {dialog !== 'override' && <FailureNote failure={launch.failure} />}
      <div className="action-grid launch-grid">
        {canOverride && !go ? (
          <Button className="button override" onPress={() => openDialog('override')}>
            Override and launch {candidate.droneId}…
          </Button>
        ) : (
          // Another drone on screen ends the hold: what is confirmed is what was read.
          <HoldButton
            key={candidate?.droneId ?? 'none'}
            look="launch"
            disabled={!go || !mayLaunch}
            disabledHint={whyNotLaunched(mayLaunch, candidate)}
            busy={launch.busy}
            onHoldStart={() => candidate !== null && intake.choose(candidate.droneId)}
            onConfirm={send}
          >
            {launchWords(candidate)}
          </HoldButton>
        )}
        <Button className="button" isDisabled={!canClose} onPress={() => openDialog('close')}>
          No drone: say why…
        </Button>
        <Button className="button" isDisabled={emergency === null} onPress={intake.startNew}>
          Save and wait
        </Button>
      </div>
      {dialog === 'override' && candidate !== null && decision !== null && (
        <OverrideDialog
          candidate={candidate}
          busy={launch.busy}
          failure={launch.failure}
          onLaunch={(reason) => send({ reason })}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'close' && emergency !== null && (
        <CloseDialog
          emergency={emergency}
          onClose={() => setDialog(null)}
          onClosed={() => {
            setDialog(null);
            intake.startNew();
          }}
        />
      )}
    </div>
  );
}
