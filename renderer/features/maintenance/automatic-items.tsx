import { useState } from 'react';
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import {
  type HealthGroup,
  type HealthItem,
  type HealthResult,
  healthGroup,
} from '../../../preload/contract/health.ts';
import { failingFirst, GROUP_WORDS, RESULT_WORDS } from './maintenance-words.ts';
import { ResultMark } from './result-mark.tsx';

/** By group; dimmed where the drone is not heard (U4). A group with a problem stands open; the others open on demand. */
export function AutomaticItems({ items, stale }: { items: readonly HealthItem[]; stale: boolean }) {
  const [toggled, setToggled] = useState<Partial<Record<HealthGroup, boolean>>>({});
  return (
    <section className="maintenance-section" aria-label="Automatic checks" data-stale={stale}>
      <h3>
        Automatic checks{stale && <span className="muted"> · as they were when it was last heard</span>}
      </h3>
      {healthGroup.options.map((group) => {
        const own = items.filter((item) => item.group === group);
        const troubled = own.some(({ result }) => result === 'FAIL' || result === 'CAUTION');
        return (
          own.length > 0 && (
            <Group
              key={group}
              group={group}
              items={own}
              open={toggled[group] ?? troubled}
              onToggle={(open) => setToggled({ ...toggled, [group]: open })}
            />
          )
        );
      })}
    </section>
  );
}

interface GroupProps {
  group: HealthGroup;
  items: readonly HealthItem[];
  open: boolean;
  onToggle(open: boolean): void;
}

function Group({ group, items, open, onToggle }: GroupProps) {
  return (
    <Disclosure className="item-group" isExpanded={open} onExpandedChange={onToggle}>
      <Heading level={4}>
        <Button slot="trigger" className="item-group-head">
          <span aria-hidden="true">{open ? '▾' : '▸'}</span>
          <b>{GROUP_WORDS[group]}</b>
          <span className="muted">{counts(items)}</span>
        </Button>
      </Heading>
      <DisclosurePanel>
        <ul>
          {failingFirst(items).map((item) => (
            <Item key={item.checkId} item={item} />
          ))}
        </ul>
      </DisclosurePanel>
    </Disclosure>
  );
}

const COUNTED: readonly HealthResult[] = ['FAIL', 'CAUTION', 'PASS', 'WAITING', 'NOT_TESTABLE'];

function counts(items: readonly HealthItem[]): string {
  return COUNTED.map((result) => {
    const count = items.filter((item) => item.result === result).length;
    return count === 0 ? null : `${count} ${RESULT_WORDS[result].toLowerCase()}`;
  })
    .filter((words) => words !== null)
    .join(' · ');
}

function Item({ item }: { item: HealthItem }) {
  const [open, setOpen] = useState(false);
  return (
    <li className="item" data-result={item.result}>
      <ResultMark result={item.result} />
      <span className="item-title">
        <Button
          className="item-more"
          aria-expanded={open}
          aria-label={`${item.title}: where the limit comes from`}
          onPress={() => setOpen(!open)}
        >
          {item.title}
        </Button>
        {item.sentence !== null && item.sentence !== item.measured && <span>{item.sentence}</span>}
        {item.remedy !== null && <span className="muted">{item.remedy}</span>}
        {open && (
          <span className="muted item-source">
            Limit from: {item.limitSource}. Measured from:{' '}
            {item.messages.length === 0 ? 'this station' : item.messages.join(', ')}.
            {!item.needed && ' Not every drone has it: its absence does not stand in the way.'}
          </span>
        )}
      </span>
      <span className="item-figures">
        <b>{item.measured ?? '–'}</b>
        <small className="muted">{item.limit}</small>
      </span>
    </li>
  );
}
