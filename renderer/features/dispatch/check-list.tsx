import { type ReactNode, useState } from 'react';
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import type { Check } from '../../../preload/contract/dispatch.ts';
import './check-list.css';
import { worstFirst } from './verdict.ts';

const SUBJECTS: Record<Check['id'], string> = {
  REGISTERED: 'registered',
  STATUS: 'in service',
  LINK: 'link',
  DATA_AGE: 'fresh data',
  BATTERY: 'battery',
  RANGE: 'range',
  HEALTH: 'sensors',
  POSITION: 'position',
  DESTINATION_ZONE: 'landing place',
  ROUTE: 'route',
  WIND: 'wind',
  AED: 'AED',
  INFERENCE: 'onboard AI',
  OCCUPIED: 'free',
  EMERGENCY: 'the call',
};

/** On a lower screen the passed checks would push the other drones out of sight. */
const TALL_SCREEN = '(min-height: 1000px)';

/** What forbids and what cautions in full, always; what passed by name, in full on demand. */
export function CheckList({ checks }: { checks: readonly Check[] }) {
  const [open, setOpen] = useState(() => window.matchMedia(TALL_SCREEN).matches);
  const ordered = worstFirst(checks);
  const passed = ordered.filter((check) => check.result === 'PASS');
  return (
    <section className="checks" aria-label="Checks">
      <CheckRows checks={ordered.filter((check) => check.result !== 'PASS')} />
      {passed.length > 0 && (
        <Disclosure isExpanded={open} onExpandedChange={setOpen}>
          <Heading level={3}>
            <Button slot="trigger" className="checks-passed">
              <CheckIcon result="PASS" />
              <span>
                <b>{passed.length === 1 ? '1 check passed' : `${passed.length} checks passed`}</b>
                {!open && (
                  <span className="muted">: {passed.map((check) => SUBJECTS[check.id]).join(', ')}</span>
                )}
              </span>
              <span aria-hidden="true">{open ? '▾' : '▸'}</span>
            </Button>
          </Heading>
          <DisclosurePanel>
            <CheckRows checks={passed} />
          </DisclosurePanel>
        </Disclosure>
      )}
    </section>
  );
}

const RESULT_WORDS: Record<Check['result'], string> = { PASS: 'Passed', CAUTION: 'Caution', NO_GO: 'No-go' };

function CheckRows({ checks }: { checks: readonly Check[] }) {
  if (checks.length === 0) return null;
  return (
    <ul>
      {checks.map((check) => (
        <li key={check.id} data-result={check.result}>
          <CheckIcon result={check.result} />
          <span>
            <span className="visually-hidden">{RESULT_WORDS[check.result]}: </span>
            {check.sentence}
          </span>
          <span className="muted">{check.figure}</span>
        </li>
      ))}
    </ul>
  );
}

const SHAPES: Record<Check['result'], ReactNode> = {
  PASS: <path d="M2 8.500l4 4 8-9" fill="none" stroke="var(--ok)" strokeWidth="2.400" />,
  CAUTION: <path d="M8 1l7 13H1z" fill="var(--caution)" />,
  NO_GO: <path d="M3 3l10 10M13 3L3 13" fill="none" stroke="var(--text)" strokeWidth="2.800" />,
};

function CheckIcon({ result }: { result: Check['result'] }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[result]}
    </svg>
  );
}
