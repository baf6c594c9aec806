import { Button } from 'react-aria-components';
import type { Person } from '../../../preload/contract/session.ts';
import type { SystemStatus } from '../../../preload/contract/system.ts';
import { useNowMs } from '../../state/now.ts';
import { useSilence } from '../../state/silence.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { localTime, utcTime } from '../../ui/formatting.ts';
import { Brand } from './brand.tsx';
import { PersonMenu } from './person-menu.tsx';

export function TopBar({ person }: { person: Person }) {
  const station = useStation();
  const name = useSelected(station.session.state, (state) => state.greeting?.stationName ?? '');
  return (
    <header className="top">
      <Brand />
      <span className="muted top-station">{name}</span>
      <span className="grow" />
      <SessionPill />
      <NetworkPill person={person} />
      <LinksPill />
      <Clock />
      <PersonMenu person={person} />
    </header>
  );
}

const WARN_OF_THE_END_MS = 15 * 60_000;

/** A session ends 24 h after the sign-in, whatever is going on then: better to sign in again before. */
function SessionPill() {
  const station = useStation();
  const endsAtMs = useSelected(station.session.state, (state) => state.endsAtMs);
  const nowMs = useNowMs();
  const leftMs = endsAtMs === null ? null : endsAtMs - nowMs;
  const warns = leftMs !== null && leftMs <= WARN_OF_THE_END_MS;
  return (
    <span role="status">
      {warns && (
        <Pill
          ok={false}
          text={`Your session ends at ${localTime(endsAtMs ?? 0).slice(0, 5)}`}
          more="sign out and in again"
        />
      )}
    </span>
  );
}

/** One quiet sentence on the network (U8): being offline is normal, a silent station is not. */
function NetworkPill({ person }: { person: Person }) {
  const station = useStation();
  const { phase, sinceMs } = useStore(station.connection.state);
  const sync = useSelected(station.system, (system) => system.status?.sync ?? null);
  const { silent } = useSilence();
  if (phase === 'OPEN' && silent) return <Pill ok={false} text="Station silent" />;
  if (phase !== 'OPEN') {
    const since =
      phase === 'LOST' ? `Station lost since ${localTime(sinceMs)}` : 'Connecting to the station…';
    return <Pill ok={false} text={since} />;
  }
  if (sync === null) return <Pill ok text="Station connected" more="works without a network" />;
  return <SyncPill sync={sync} person={person} />;
}

/** Leads to System, Sync for whoever may do something there. */
function SyncPill({ sync, person }: { sync: NonNullable<SystemStatus['sync']>; person: Person }) {
  const { view } = useStation();
  const { text, more } = syncWords(sync);
  if (!person.permissions.includes('manage_sync'))
    return <Pill ok={sync.connected} text={text} more={more} />;
  return (
    <Button className="pill" onPress={() => view.openSystem('sync')}>
      <PillContent ok={sync.connected} text={text} more={more} />
    </Button>
  );
}

function syncWords(sync: NonNullable<SystemStatus['sync']>): { text: string; more: string | undefined } {
  const { connected, sinceMs, changesWaiting, paused, needsPerson } = sync;
  const waiting = changesWaiting === 1 ? '1 change waits' : `${changesWaiting} changes wait`;
  const since = sinceMs === null ? 'Offline' : `Offline since ${localTime(sinceMs).slice(0, 5)}`;
  const more = [needsPerson ? 'sync asks for a decision' : null, changesWaiting === 0 ? null : waiting];
  const said = more.filter((words) => words !== null);
  return {
    text: paused ? 'Sync paused' : connected ? 'Connected' : since,
    more: said.length === 0 ? undefined : said.join(' · '),
  };
}

function LinksPill() {
  const station = useStation();
  const status = useSelected(station.system, (system) => system.status);
  if (status === null) return null;
  const open = status.links.filter((link) => link.state === 'OPEN').length;
  return <Pill ok={open > 0 && open === status.links.length} text={linksText(status, open)} />;
}

function linksText(status: SystemStatus, open: number): string {
  const total = status.links.length;
  const links = open === total ? `${total} ${total === 1 ? 'link' : 'links'}` : `${open} of ${total} links`;
  const heard = status.vehiclesHeard;
  return `${links} · ${heard} ${heard === 1 ? 'drone' : 'drones'} heard`;
}

interface PillProps {
  ok: boolean;
  text: string;
  more?: string | undefined;
}

function Pill(props: PillProps) {
  return (
    <span className="pill">
      <PillContent {...props} />
    </span>
  );
}

function PillContent({ ok, text, more }: PillProps) {
  return (
    <>
      <i className={ok ? 'dot ok' : 'dot'} aria-hidden="true" />
      {text}
      {more !== undefined && <span className="dim">· {more}</span>}
    </>
  );
}

function Clock() {
  const nowMs = useNowMs();
  return (
    <span>
      <b>{localTime(nowMs)}</b> <span className="dim">{utcTime(nowMs)} UTC</span>
    </span>
  );
}
