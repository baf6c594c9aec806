import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { ChecklistItem, ManualResult, OpenHealthCheck } from '../../../preload/contract/health.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Field } from '../../ui/field.tsx';
import { localTime } from '../../ui/formatting.ts';
import { type ItemPhoto, ItemPhotos, PhotoButton } from './item-photos.tsx';
import { usePhotos } from './maintenance-queries.ts';
import { ResultMark } from './result-mark.tsx';
import { useKeptNote } from './use-kept-note.ts';

const EVIDENCE_WORDS: Record<ChecklistItem['evidence'], string | null> = {
  NONE: null,
  NOTE: 'Needs a note.',
  PHOTO: 'Needs a photo.',
};

/** What a person looks at: each item is done or has a defect, with what was left as evidence. */
export function ManualChecklist({ check, mayMaintain }: { check: OpenHealthCheck; mayMaintain: boolean }) {
  const { items, model, version } = check.checklist;
  const taken = check.manual.reduce((sum, { photos }) => sum + photos, 0);
  const photos = usePhotos(check.healthCheckId, taken).data?.photos ?? [];
  const left = check.manual.filter(({ result, required }) => result === 'OPEN' && required).length;
  return (
    <section className="maintenance-section" aria-label="Checklist">
      <div className="section-head">
        <h3>Checklist</h3>
        <span className="muted">
          {left === 0 ? 'every required item checked' : `${left} required to check`} ·{' '}
          {model === '' ? 'all models' : model}, version {version}
        </span>
      </div>
      <ul>
        {items.map((item) => {
          const result = check.manual.find(({ itemId }) => itemId === item.itemId);
          return (
            result !== undefined && (
              <ManualItem
                key={item.itemId}
                droneId={check.droneId}
                item={item}
                result={result}
                photos={photos.filter(({ itemId }) => itemId === item.itemId)}
                mayMaintain={mayMaintain}
              />
            )
          );
        })}
      </ul>
    </section>
  );
}

interface ManualItemProps {
  droneId: string;
  item: ChecklistItem;
  result: ManualResult;
  photos: readonly ItemPhoto[];
  mayMaintain: boolean;
}

function ManualItem({ droneId, item, result, photos, mayMaintain }: ManualItemProps) {
  const { client } = useStation().connection;
  const { itemId } = item;
  const keep = useAction((written: string) => client.health.keepNote({ droneId, itemId, note: written }));
  const { note, type, drop } = useKeptNote(result.note ?? '', keep.run);
  const [defect, setDefect] = useState(false);
  const tick = useAction(
    (as: ManualResult['result']) => {
      drop();
      return client.health.setManual({ droneId, itemId, result: as, note: given(note) });
    },
    () => setDefect(false),
  );
  const open = result.result === 'OPEN';
  return (
    <li className="manual-item">
      <ResultMark result={result.result} />
      <div className="manual-words">
        <b>
          {item.title}
          {!item.required && <span className="muted"> · if it applies</span>}
        </b>
        <span className="muted">
          {item.instruction} {open && EVIDENCE_WORDS[item.evidence]}
        </span>
        {evidenceWords(result) !== null && <span>{evidenceWords(result)}</span>}
        {open && mayMaintain && (defect || item.evidence === 'NOTE' || note !== '') && (
          <Field
            label={defect ? `What is wrong with: ${item.title}` : `Note on: ${item.title}`}
            value={note}
            onChange={type}
            maxLength={1_000}
            autoFocus={defect}
          />
        )}
        <ItemPhotos droneId={droneId} title={item.title} photos={photos} mayMaintain={mayMaintain} />
        <FailureNote failure={tick.failure ?? keep.failure} />
      </div>
      {mayMaintain && (
        <div className="manual-buttons">
          <PhotoButton droneId={droneId} item={item} />
          {open ? (
            <TickButtons
              title={item.title}
              defect={defect}
              busy={tick.busy}
              onTick={tick.run}
              onDefect={setDefect}
            />
          ) : (
            <Button
              className="button small"
              aria-label={`Open again: ${item.title}`}
              onPress={() => tick.run('OPEN')}
            >
              Open again
            </Button>
          )}
        </div>
      )}
    </li>
  );
}

const given = (note: string): string | null => (note.trim() === '' ? null : note.trim());

/** What was left behind: “note” · who · when · 1 photo. */
function evidenceWords({ result, note, byName, atMs, photos }: ManualResult): string | null {
  const ticked =
    result === 'OPEN'
      ? []
      : [note === null ? null : `“${note}”`, `${byName} ${atMs === null ? '' : localTime(atMs)}`];
  const taken = photos === 0 ? null : photos === 1 ? '1 photo' : `${photos} photos`;
  const words = [...ticked, taken].filter((each) => each !== null);
  return words.length === 0 ? null : words.join(' · ');
}

interface TickButtonsProps {
  title: string;
  /** The defect is being described. */
  defect: boolean;
  busy: boolean;
  onTick(as: 'DONE' | 'DEFECT'): void;
  onDefect(described: boolean): void;
}

function TickButtons({ title, defect, busy, onTick, onDefect }: TickButtonsProps) {
  return defect ? (
    <>
      <Button className="button small" onPress={() => onDefect(false)}>
        Cancel
      </Button>
      <Button
        className="button small primary"
        isDisabled={busy}
        aria-label={`Record the defect: ${title}`}
        onPress={() => onTick('DEFECT')}
      >
        Record the defect
      </Button>
    </>
  ) : (
    <>
      <Button className="button small" aria-label={`Defect… ${title}`} onPress={() => onDefect(true)}>
        Defect…
      </Button>
      <Button
        className="button small"
        isDisabled={busy}
        aria-label={`Done: ${title}`}
        onPress={() => onTick('DONE')}
      >
        Done
      </Button>
    </>
  );
}
