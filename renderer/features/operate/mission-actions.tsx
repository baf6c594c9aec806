import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { MissionSummary } from '../../../preload/contract/missions.ts';
import { useAction } from '../../client/use-action.ts';
import { useNowMs } from '../../state/now.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Chooser } from '../../ui/field.tsx';
import { duration, localTime } from '../../ui/formatting.ts';
import { HoldButton } from '../../ui/hold-button.tsx';
import './mission-actions.css';
import {
  ABORT_REASONS,
  type AbortReason,
  actionsOf,
  type MissionActionName,
  sendMissionAction,
  useAbort,
} from './use-mission-actions.ts';

interface ActionLook {
  readonly words: string;
  /** Held for a second, because it cannot be taken back. */
  readonly held: boolean;
}

const LOOKS: Record<MissionActionName, ActionLook> = {
  hold: { words: 'Hold position', held: false },
  resume: { words: 'Resume mission', held: false },
  landHere: { words: 'Land here', held: true },
  confirmDelivery: { words: 'AED was taken out', held: true },
  releaseAgain: { words: 'Release again', held: true },
  stayOnScene: { words: 'Stay on scene', held: false },
  returnNow: { words: 'Return now', held: true },
};

const COMMAND_STATES: Record<NonNullable<MissionSummary['command']>['state'], string> = {
  SENT: 'sent',
  IN_PROGRESS: 'in progress',
  ACCEPTED: 'accepted',
  REFUSED: 'refused',
  UNKNOWN: 'not known',
};

/** What can be done with a drone on a mission, and what became of the last thing that was done. */
export function MissionActions({ mission }: { mission: MissionSummary }) {
  const { client } = useStation().connection;
  const [sending, setSending] = useState<MissionActionName | null>(null);
  const action = useAction((name: MissionActionName) => sendMissionAction(client, mission.missionId, name));
  const abort = useAbort(mission.missionId);
  const [reason, setReason] = useState<AbortReason>(ABORT_REASONS[0]);
  const run = (name: MissionActionName): void => {
    setSending(name);
    action.run(name);
  };

  return (
    <div className="side-actions mission-actions">
      <CommandLife mission={mission} />
      {mission.leavesSceneAtMs !== null && <LeavesScene atMs={mission.leavesSceneAtMs} />}
      <FailureNote failure={abort.failure ?? action.failure} />
      <div className="action-grid">
        {actionsOf(mission).map((name) => (
          <ActionButton
            key={name}
            look={LOOKS[name]}
            busy={action.busy && sending === name}
            onAct={() => run(name)}
          />
        ))}
      </div>
      <Chooser<AbortReason>
        className="abort-reason"
        label="Reason told with an abort"
        choices={ABORT_REASONS.map((value) => ({ value, label: value }))}
        value={reason}
        onChange={setReason}
      />
      <HoldButton look="abort" busy={abort.busy} onConfirm={() => abort.run(reason)}>
        Abort and return
      </HoldButton>
    </div>
  );
}

function ActionButton({ look, busy, onAct }: { look: ActionLook; busy: boolean; onAct(): void }) {
  if (look.held) {
    return (
      <HoldButton busy={busy} onConfirm={onAct}>
        {look.words}
      </HoldButton>
    );
  }
  return (
    <Button
      className="button"
      onPress={() => {
        if (!busy) onAct();
      }}
    >
      {busy ? 'Sending…' : look.words}
    </Button>
  );
}

/** The last command's life (U3). Unknown is said to be unknown (F7). */
function CommandLife({ mission: { command } }: { mission: MissionSummary }) {
  return (
    <div role="status" className="command-life">
      {command !== null && (
        <p>
          <span className="dim">{localTime(command.atMs)}</span>
          <span>
            <b>
              {command.name}: {COMMAND_STATES[command.state]}
            </b>
            <span className="command-sentence">{command.sentence}</span>
          </span>
        </p>
      )}
    </div>
  );
}

function LeavesScene({ atMs }: { atMs: number }) {
  const nowMs = useNowMs();
  return (
    <p className="leaves-scene">
      Leaves the scene by itself in <b>{duration((atMs - nowMs) / 1000)}</b>
    </p>
  );
}
