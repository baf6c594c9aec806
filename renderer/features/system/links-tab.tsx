import { useEffect, useMemo } from 'react';
import type { LinksOverview } from '../../../preload/contract/links.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { followFeed } from '../../state/feed.ts';
import { useStation } from '../../state/station.ts';
import { createStore, useSelected } from '../../state/store.ts';
import { LinksForwarding } from './links-forwarding.tsx';
import { LinksRecordings } from './links-recordings.tsx';
import { LinksSigning } from './links-signing.tsx';
import { LinksTable } from './links-table.tsx';
import './links.css';

/** How drones are reached, who else hears them, who may speak in their name, and what was recorded of it all. */
export function LinksTab({ person }: { person: Person }) {
  const station = useStation();
  const store = useMemo(() => createStore<LinksOverview | null>(null), []);
  useEffect(
    () =>
      followFeed(
        station.session.gate,
        (signal) => station.connection.client.links.watch(undefined, { signal }),
        store.set,
      ),
    [station, store],
  );
  const overview = useSelected(store, (value) => value);
  if (overview === null) return <p className="muted">Waiting for the station to answer…</p>;
  const mayManage = person.permissions.includes('manage_links');
  return (
    <>
      <LinksTable links={overview.links} serialPorts={overview.serialPorts} mayManage={mayManage} />
      <LinksForwarding forwarding={overview.forwarding} mayManage={mayManage} />
      <LinksSigning signing={overview.signing} mayManage={mayManage} />
      <LinksRecordings overview={overview} mayManage={mayManage} />
    </>
  );
}
