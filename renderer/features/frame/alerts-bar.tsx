import { ChevronDown, ChevronUp, VolumeX } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import type { Alert, AlertLevel } from '../../../preload/contract/alerts.ts';
import { useAction } from '../../client/use-action.ts';
import { useNowMs } from '../../state/now.ts';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { localTime } from '../../ui/formatting.ts';
import { byUrgency, soundOf } from './alert-order.ts';
import './alerts-bar.css';
import { soundTones } from './tones.ts';

const LEVEL_NAMES: Record<AlertLevel, string> = {
  WARNING: 'Warning',
  CAUTION: 'Caution',
  ADVISORY: 'Advisory',
};
/** The bar keeps this height always: a button above it must not move while somebody holds it. */
const ROWS_IN_SIGHT = 2;
const MUTE_MS = 60_000;

export function AlertsBar() {
  const station = useStation();
  const feed = useStore(station.alerts);
  const alerts = useMemo(() => byUrgency(feed), [feed]);
  const [open, setOpen] = useState(false);
  const { blocked, mutedForS, mute } = useAlertSound();
  const hidden = alerts.length - ROWS_IN_SIGHT;
  const shown = open ? alerts : alerts.slice(0, ROWS_IN_SIGHT);
  const sounding = alerts.some((alert) => alert.acknowledgedBy === null && alert.level !== 'ADVISORY');

  return (
    <section className="alerts" aria-label="Alerts">
      <Announcer alerts={alerts} />
      <ul className="alert-rows" data-open={open}>
        {shown.map((alert) => (
          <AlertRow key={alert.alertId} alert={alert} />
        ))}
        {alerts.length === 0 && <li className="alert-none dim">No alerts</li>}
      </ul>
      <div className="alert-tools">
        {hidden > 0 && (
          <Button className="button small" aria-expanded={open} onPress={() => setOpen(!open)}>
            {open ? <ChevronDown size={14} aria-hidden="true" /> : <ChevronUp size={14} aria-hidden="true" />}
            {open ? 'Fewer' : `${hidden} more`}
          </Button>
        )}
        {blocked && <span className="muted">Click anywhere to hear alerts</span>}
        {mutedForS > 0 ? (
          <span className="muted">Sound back in {mutedForS} s</span>
        ) : (
          sounding &&
          !blocked && (
            <Button className="button small" onPress={mute}>
              <VolumeX size={14} aria-hidden="true" />
              Mute 60 s
            </Button>
          )
        )}
      </div>
    </section>
  );
}

function AlertRow({ alert }: { alert: Alert }) {
  const station = useStation();
  const acknowledge = useAction(() =>
    station.connection.client.alerts.acknowledge({ alertId: alert.alertId }),
  );
  const { droneId } = alert;
  return (
    <li className="alert" data-level={alert.level} data-open={alert.acknowledgedBy === null}>
      <LevelIcon level={alert.level} />
      <span className="alert-level">{LEVEL_NAMES[alert.level]}</span>
      {droneId === null ? (
        <b className="alert-subject">{alert.subject}</b>
      ) : (
        <Button className="alert-subject" onPress={() => station.view.show(droneId)}>
          {alert.subject}
        </Button>
      )}
      <span className="alert-sentence" title={alert.sentence}>
        {acknowledge.failure?.sentence ?? alert.sentence}
      </span>
      <span className="muted">
        {alert.repeats > 1 && `${alert.repeats} times · `}
        {localTime(alert.raisedAtMs)}
      </span>
      {alert.acknowledgedBy === null ? (
        <Button
          className="button small"
          aria-label={`Acknowledge: ${alert.subject}, ${alert.sentence}`}
          onPress={() => {
            if (!acknowledge.busy) acknowledge.run(undefined);
          }}
        >
          Acknowledge
        </Button>
      ) : (
        <span className="muted alert-seen">seen by {alert.acknowledgedBy}</span>
      )}
    </li>
  );
}

/** Octagon, triangle, circle: the level is told by shape, word and colour. */
function LevelIcon({ level }: { level: AlertLevel }) {
  switch (level) {
    case 'WARNING':
      return (
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M8 2h8l6 6v8l-6 6H8l-6-6V8z" fill="var(--warning)" />
          <path d="M12 7v6M12 16v1.500" stroke="var(--warning-ink)" strokeWidth="2.500" />
        </svg>
      );
    case 'CAUTION':
      return (
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 2l11 20H1z" fill="var(--caution)" />
          <path d="M12 9v6M12 17.500v1.500" stroke="var(--caution-ink)" strokeWidth="2.200" />
        </svg>
      );
    case 'ADVISORY':
      return (
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <circle cx="12" cy="12" r="9" fill="none" stroke="var(--advisory)" strokeWidth="2" />
          <path d="M12 11v6M12 7v1.500" stroke="var(--advisory)" strokeWidth="2" />
        </svg>
      );
  }
}

/** Reads each alert out once when it is raised: warnings interrupt, the others wait their turn. */
function Announcer({ alerts }: { alerts: readonly Alert[] }) {
  const told = useRef(new Set<string>());
  const [said, setSaid] = useState({ urgent: '', calm: '' });
  useEffect(() => {
    const fresh = alerts.filter((alert) => !told.current.has(alert.alertId));
    told.current = new Set(alerts.map((alert) => alert.alertId));
    if (fresh.length === 0) return;
    const words = (wanted: (level: AlertLevel) => boolean): string =>
      fresh
        .filter((alert) => wanted(alert.level))
        .map((alert) => `${LEVEL_NAMES[alert.level]}: ${alert.subject}. ${alert.sentence}`)
        .join(' ');
    setSaid({ urgent: words((level) => level === 'WARNING'), calm: words((level) => level !== 'WARNING') });
  }, [alerts]);
  return (
    <div className="visually-hidden">
      <div aria-live="assertive">{said.urgent}</div>
      <div aria-live="polite">{said.calm}</div>
    </div>
  );
}

function useAlertSound() {
  const station = useStation();
  const [blocked, setBlocked] = useState(false);
  const [mutedUntilMs, setMutedUntilMs] = useState(0);
  const nowMs = useNowMs();
  const cautionSound = useSelected(station.settings, (settings) => settings.cautionSound);
  const settings = useRef({ cautionSound, mutedUntilMs });
  settings.current = { cautionSound, mutedUntilMs };
  useEffect(
    () => soundTones(() => soundOf(station.alerts.get(), settings.current, station.nowMs()), setBlocked),
    [station],
  );
  return {
    blocked,
    mutedForS: Math.max(0, Math.ceil((mutedUntilMs - nowMs) / 1000)),
    mute: () => setMutedUntilMs(station.nowMs() + MUTE_MS),
  };
}
