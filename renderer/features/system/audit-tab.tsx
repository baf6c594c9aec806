import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import type { AuditEntry } from '../../../preload/contract/people.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { failureOf } from '../../client/failure.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { FailureNote } from '../../ui/failure-note.tsx';
import { Chooser, Field } from '../../ui/field.tsx';
import { localDateAndTime } from './account-words.ts';

const PAGE_LENGTH = 50;
const EVERYTHING = '';

/** Who did what, newest first. Nobody can change it. */
export function AuditTab({ person }: { person: Person }) {
  const station = useStation();
  const { client } = station.connection;
  const ready = useSelected(station.session.state, (session) => session.readyEpoch !== null);
  const [dispatcherId, setDispatcherId] = useState(EVERYTHING);
  const [action, setAction] = useState(EVERYTHING);
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  /** Where each page after the first began. */
  const [pages, setPages] = useState<readonly number[]>([]);
  const filter = {
    dispatcherId: dispatcherId === EVERYTHING ? null : dispatcherId,
    action: action === EVERYTHING ? null : action,
    fromMs: instantOf(from),
    untilMs: instantOf(until),
  };
  const before = pages.at(-1) ?? null;
  const choices = useQuery({
    queryKey: ['auditChoices', person.dispatcherId],
    queryFn: () => client.people.auditChoices(),
    enabled: ready,
    gcTime: 0,
  });
  const page = useQuery({
    queryKey: ['audit', person.dispatcherId, filter, before],
    queryFn: () => client.people.audit({ ...filter, before, limit: PAGE_LENGTH }),
    enabled: ready,
    gcTime: 0,
    placeholderData: (previous) => previous,
  });
  const change = <Value,>(set: (value: Value) => void) => {
    return (value: Value): void => {
      set(value);
      setPages([]);
    };
  };
  const entries = page.data?.entries ?? [];
  const last = entries.at(-1)?.order;

  return (
    <section className="system-section" aria-label="Audit">
      <div className="audit-filter">
        <Chooser
          label="Person"
          choices={[
            { value: EVERYTHING, label: 'Everybody' },
            ...(choices.data?.people ?? []).map((each) => ({
              value: each.dispatcherId,
              label: `${each.displayName ?? each.dispatcherId} (${each.dispatcherId})`,
            })),
          ]}
          value={dispatcherId}
          onChange={change(setDispatcherId)}
        />
        <Chooser
          label="Action"
          choices={[
            { value: EVERYTHING, label: 'Everything' },
            ...(choices.data?.actions ?? []).map((each) => ({ value: each, label: inWords(each) })),
          ]}
          value={action}
          onChange={change(setAction)}
        />
        <Field label="From" type="datetime-local" value={from} onChange={change(setFrom)} />
        <Field label="Until" type="datetime-local" value={until} onChange={change(setUntil)} />
        <Button
          className="button"
          isDisabled={page.isFetching}
          onPress={() => (pages.length === 0 ? void page.refetch() : setPages([]))}
        >
          Newest
        </Button>
        <Button
          className="button"
          isDisabled={page.data?.more !== true || page.isFetching}
          onPress={() => last !== undefined && setPages([...pages, last])}
        >
          Older
        </Button>
      </div>
      <FailureNote failure={page.error === null ? null : failureOf(page.error)} />
      <table className="table" aria-label="Audit" aria-busy={page.isFetching}>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">About</th>
            <th scope="col">Details</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <AuditRow key={entry.order} entry={entry} />
          ))}
        </tbody>
      </table>
      {page.isSuccess && entries.length === 0 && <p className="muted">Nothing of this kind is on record.</p>}
    </section>
  );
}

function AuditRow({ entry }: { entry: AuditEntry }) {
  return (
    <tr>
      <td className="nowrap">{localDateAndTime(entry.atMs)}</td>
      <td>{entry.displayName ?? entry.dispatcherId ?? 'unknown name'}</td>
      <td>{inWords(entry.action)}</td>
      <td>{entry.subject}</td>
      <td className="muted">{detailInWords(entry.detail)}</td>
    </tr>
  );
}

/** `SESSIONS_ENDED` → "Sessions ended". */
function inWords(action: string): string {
  const words = action.replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function detailInWords(detail: AuditEntry['detail']): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}: ${value}`)
    .join(' · ');
}

/** What a date-and-time field holds, in the time of this place; null: nothing whole. */
function instantOf(text: string): number | null {
  const instantMs = Date.parse(text);
  return Number.isNaN(instantMs) || instantMs < 0 ? null : instantMs;
}
