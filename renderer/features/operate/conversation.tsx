import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { localTime } from '../../ui/formatting.ts';

const SPEAKERS = { DRONE: 'Drone', BYSTANDER: 'Bystander', AED_DEVICE: 'AED' } as const;

/** What is said at the scene, newest last. */
export function Conversation() {
  const lines = useSelected(useStation().timeline, (state) => state.timeline?.transcript ?? null);
  if (lines === null || lines.length === 0) return null;
  const state = lines.at(-1)?.conversationState ?? null;
  return (
    <section className="section" aria-label="Conversation at the scene">
      <div className="section-head">
        <h3>Conversation</h3>
        <span className="muted">{state === null ? null : stateWords(state)}</span>
      </div>
      <ol className="conversation" aria-live="polite">
        {lines.map((line) => (
          <li key={`${line.atMs} ${line.speaker} ${line.text}`} data-speaker={line.speaker}>
            <span className="dim">
              {localTime(line.atMs)} <b>{SPEAKERS[line.speaker]}</b>
              {line.confidence !== null && ` · heard with ${Math.round(line.confidence * 100)} %`}
            </span>
            <span lang={line.language}>{line.text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** CPR_COACHING as it is said: CPR coaching. */
function stateWords(state: string): string {
  return state
    .toLowerCase()
    .replaceAll('_', ' ')
    .replace(/\b(cpr|aed)\b/g, (word) => word.toUpperCase());
}
