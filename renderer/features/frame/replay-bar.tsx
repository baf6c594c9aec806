import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { FASTEST_REPLAY, type ReplayStatus, SLOWEST_REPLAY } from '../../../preload/contract/links.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { utcTime } from '../../ui/formatting.ts';
import './replay-bar.css';

const SPEEDS = [SLOWEST_REPLAY, 0.5, 1, 2, 5, 10, FASTEST_REPLAY];

/** Says over every workspace that what is shown is a recording, and leads out of it. */
export function ReplayBar({ person }: { person: Person }) {
  const replay = useSelected(useStation().system, (system) => system.status?.replay ?? null);
  const active = replay !== null;
  useEffect(() => {
    document.documentElement.dataset.replay = String(active);
  }, [active]);
  return (
    <section className="replay" aria-label="Replay">
      <span className="visually-hidden" role="status">
        {active && 'This is a replay. Nothing here happens now, and no drone can be commanded.'}
      </span>
      {active && <ReplayControls replay={replay} mayManage={person.permissions.includes('manage_links')} />}
    </section>
  );
}

function ReplayControls({ replay, mayManage }: { replay: ReplayStatus; mayManage: boolean }) {
  const { client } = useStation().connection;
  const leave = useAction(() => client.links.closeReplay());
  const steer = useAction((change: { playing?: boolean; speed?: number; positionMs?: number }) =>
    client.links.steerReplay(change),
  );
  return (
    <div className="replay-bar">
      <strong>REPLAY</strong>
      <span className="replay-words">
        {replay.name} · nothing here happens now, no drone can be commanded
      </span>
      {mayManage && (
        <>
          <Button className="button small" onPress={() => steer.run({ playing: !replay.playing })}>
            {replay.playing ? 'Pause' : 'Play'}
          </Button>
          <Position replay={replay} onSeek={(positionMs) => steer.run({ positionMs })} />
          <label className="replay-speed">
            <span className="visually-hidden">Speed of the replay</span>
            <select
              className="button small"
              value={replay.speed}
              onChange={(event) => steer.run({ speed: Number(event.target.value) })}
            >
              {SPEEDS.map((speed) => (
                <option key={speed} value={speed}>
                  {speed}×
                </option>
              ))}
            </select>
          </label>
        </>
      )}
      <Button className="button small" isDisabled={leave.busy} onPress={() => leave.run(undefined)}>
        Leave the replay
      </Button>
      <FailureNote failure={steer.failure ?? leave.failure} />
    </div>
  );
}

/** The station tells the position once a second; while a person drags it, theirs counts. */
function Position({ replay, onSeek }: { replay: ReplayStatus; onSeek(positionMs: number): void }) {
  const [dragged, setDragged] = useState<number | null>(null);
  const shownMs = dragged ?? replay.positionMs;
  const seek = (): void => {
    if (dragged !== null) onSeek(dragged);
    setDragged(null);
  };
  return (
    <label className="replay-position">
      <span className="visually-hidden">Position in the recording</span>
      <input
        type="range"
        min={replay.startMs}
        max={replay.endMs}
        step={1_000}
        value={shownMs}
        aria-valuetext={`${utcTime(shownMs)} UTC`}
        onChange={(event) => setDragged(Number(event.target.value))}
        onPointerUp={seek}
        onKeyUp={seek}
        onBlur={seek}
      />
      <span className="replay-time">{utcTime(shownMs)} UTC</span>
    </label>
  );
}
