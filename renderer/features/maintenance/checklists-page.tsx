import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { Checklist, ChecklistItem } from '../../../preload/contract/health.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { useAction } from '../../client/use-action.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Chooser } from '../../ui/field.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { moment } from '../review/review-words.ts';
import { ChecklistItemRow } from './checklist-item-row.tsx';
import { DoorFields, doorWords, GRIPPER, isSound } from './door-fields.tsx';
import { type ChecklistDraft, type DraftItem, useMaintenance } from './maintenance-context.ts';
import { useAskAgain, useChecklists, useDue } from './maintenance-queries.ts';

const MOST_ITEMS = 60;

/** What is checked by hand, model by model. A change makes the next version; a check keeps the one it began with. */
export function ChecklistsPage({ person }: { person: Person }) {
  const maintenance = useMaintenance();
  const { draft } = useStore(maintenance.state);
  const [chosen, setChosen] = useState(draft?.model ?? '');
  const { data, failure } = useChecklists();
  const due = useDue();
  const checklists = data?.checklists ?? null;
  const models = [
    ...new Set([
      '',
      ...(checklists ?? []).map(({ model }) => model),
      ...(due ?? []).map(({ model }) => model),
    ]),
  ].sort();
  const mayMaintain = person.permissions.includes('maintain_drones');
  return (
    <>
      <header className="maintenance-head">
        <h1>Checklists</h1>
        <span className="muted maintenance-model">
          A model without a checklist of its own is checked by the one for all models.
        </span>
      </header>
      <ScrollArea label="Checklist">
        <div className="maintenance-body">
          <FailureNote failure={failure} />
          {checklists !== null && (
            <>
              <Chooser
                label="Model"
                className="field checklist-model"
                choices={models.map((model) => ({ value: model, label: nameOf(model) }))}
                value={chosen}
                onChange={(model) => {
                  setChosen(model);
                  maintenance.edit(null);
                }}
              />
              <ModelChecklist
                key={chosen}
                model={chosen}
                checklists={checklists}
                draft={draft?.model === chosen ? draft : null}
                mayMaintain={mayMaintain}
              />
            </>
          )}
        </div>
      </ScrollArea>
    </>
  );
}

const nameOf = (model: string): string => (model === '' ? 'All models' : model);

interface ModelChecklistProps {
  model: string;
  checklists: readonly Checklist[];
  draft: ChecklistDraft | null;
  mayMaintain: boolean;
}

function ModelChecklist({ model, checklists, draft, mayMaintain }: ModelChecklistProps) {
  const maintenance = useMaintenance();
  const own = checklists.find((each) => each.model === model) ?? null;
  const inForce = own ?? checklists.find((each) => each.model === '') ?? null;
  if (draft !== null) return <ChecklistEditor draft={draft} />;
  return (
    <>
      <p>
        {own === null
          ? `${model} has no checklist of its own: that of all models is used.`
          : `Version ${own.version}, ${own.createdBy === null ? 'as it came with this program' : `saved ${moment(own.createdAtMs)} by ${own.createdBy}`}.`}
      </p>
      {mayMaintain && (
        <p>
          <Button
            className="button"
            onPress={() =>
              maintenance.edit({
                model,
                version: own?.version ?? 0,
                door: inForce?.door ?? GRIPPER,
                items: (inForce?.items ?? []).map((item) => ({ ...item, key: item.itemId })),
              })
            }
          >
            {own === null ? 'Make a checklist of its own' : 'Change it'}
          </Button>
        </p>
      )}
      {inForce !== null && <p>AED door: {doorWords(inForce.door)}.</p>}
      <ol className="checklist-shown">
        {inForce?.items.map((item) => (
          <li key={item.itemId}>
            <b>{item.title}</b>
            <span className="muted">{item.instruction}</span>
            <span className="muted">{demands(item)}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

function demands({ evidence, required }: ChecklistItem): string {
  const left = { NONE: 'no evidence', NOTE: 'needs a note', PHOTO: 'needs a photo' }[evidence];
  return `${required ? 'required' : 'if it applies'} · ${left}`;
}

function ChecklistEditor({ draft }: { draft: ChecklistDraft }) {
  const maintenance = useMaintenance();
  const { client } = useStation().connection;
  const askAgain = useAskAgain();
  const save = useAction(
    () =>
      client.health.saveChecklist({
        ...{ model: draft.model, version: draft.version },
        ...{ items: withKeys(draft.items), door: draft.door },
      }),
    () => {
      askAgain('checklists');
      maintenance.edit(null);
    },
  );
  const change = (items: readonly DraftItem[]): void => maintenance.edit({ ...draft, items });
  const incomplete =
    !isSound(draft.door) ||
    draft.items.length === 0 ||
    draft.items.some(({ title, instruction }) => title.trim() === '' || instruction.trim() === '');
  return (
    <>
      <p>
        {nameOf(draft.model)}: this becomes version {draft.version + 1}. Checks that are under way keep
        theirs.
      </p>
      <ol className="checklist-edit" aria-label="Items">
        {draft.items.map((item, index) => (
          <ChecklistItemRow
            key={item.key}
            item={item}
            index={index}
            count={draft.items.length}
            onChange={(changed) =>
              change(draft.items.map((each) => (each.key === item.key ? changed : each)))
            }
            onRemove={() => change(draft.items.filter((each) => each.key !== item.key))}
            onMove={(by) => change(moved(draft.items, index, by))}
          />
        ))}
      </ol>
      <DoorFields door={draft.door} onChange={(door) => maintenance.edit({ ...draft, door })} />
      <FailureNote failure={save.failure} />
      <div className="buttons">
        <Button
          className="button"
          isDisabled={draft.items.length >= MOST_ITEMS}
          onPress={() => change([...draft.items, newItem()])}
        >
          Add an item
        </Button>
        <Button className="button" onPress={() => maintenance.edit(null)}>
          Cancel
        </Button>
        <Button
          className="button primary"
          isDisabled={incomplete || save.busy}
          onPress={() => save.run(undefined)}
        >
          Save as version {draft.version + 1}
        </Button>
        {incomplete && (
          <span className="muted">Each item needs a title and an instruction, and the door its numbers.</span>
        )}
      </div>
    </>
  );
}

function newItem(): DraftItem {
  return {
    ...{ key: crypto.randomUUID(), itemId: null, title: '', instruction: '' },
    ...{ evidence: 'NONE', required: true },
  };
}

function moved(items: readonly DraftItem[], index: number, by: -1 | 1): DraftItem[] {
  const next = [...items];
  const [item] = next.splice(index, 1);
  if (item !== undefined) next.splice(index + by, 0, item);
  return next;
}

/** A new item gets its key from its title; keys that are in use stay, so that the history goes on. */
function withKeys(items: readonly DraftItem[]): ChecklistItem[] {
  const taken = new Set(items.map(({ itemId }) => itemId));
  return items.map(({ key: _key, itemId, title, instruction, ...item }) => {
    const words = { title: title.trim(), instruction: instruction.trim() };
    if (itemId !== null) return { ...item, ...words, itemId };
    const stem = keyOf(title);
    let made = stem;
    for (let number = 2; taken.has(made); number++) made = `${stem}-${number}`;
    taken.add(made);
    return { ...item, ...words, itemId: made };
  });
}

function keyOf(title: string): string {
  const plain = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return plain.slice(0, 40) || 'item';
}
