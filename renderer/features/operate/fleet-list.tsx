import { memo, useMemo, useState } from 'react';
import { useStation } from '../../state/station.ts';
import { useSelected, useStore } from '../../state/store.ts';
import { Field } from '../../ui/field.tsx';
import './fleet-list.css';
import { type FleetRow, fleetRow, sameRow } from './fleet-row.ts';
import { moveFocus } from './move-focus.ts';

/** From this many drones on, finding one by its name is worth a field. */
const SEARCH_FROM = 12;

export function FleetList() {
  const station = useStation();
  const entries = useStore(station.fleet);
  const selectedKey = useSelected(station.view, (view) => view.selectedKey);
  const [search, setSearch] = useState('');
  const rows = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return entries.map(fleetRow).filter((row) => `${row.key} ${row.aside}`.toLowerCase().includes(wanted));
  }, [entries, search]);

  return (
    <>
      <h2>
        <span>Fleet · by what needs attention</span>
        <span className="dim">{entries.length}</span>
      </h2>
      {(entries.length >= SEARCH_FROM || search !== '') && (
        <div className="fleet-search">
          <Field label="Find a drone" value={search} onChange={setSearch} />
        </div>
      )}
      <ul onKeyDown={moveFocus} aria-label="Drones">
        {rows.map((row) => (
          <Row key={row.key} row={row} selected={row.key === selectedKey} onSelect={station.view.select} />
        ))}
      </ul>
      {entries.length === 0 && (
        <p className="list-empty muted">
          No drone is registered and none is heard. Switch a drone on, or check the links.
        </p>
      )}
    </>
  );
}

interface RowProps {
  row: FleetRow;
  selected: boolean;
  onSelect(key: string): void;
}

const Row = memo(
  function Row({ row, selected, onSelect }: RowProps) {
    return (
      <li>
        <button
          type="button"
          className="drone"
          aria-current={selected ? 'true' : undefined}
          data-stale={row.stale}
          onClick={() => onSelect(row.key)}
        >
          <span className="drone-line">
            <b>{row.key}</b>
            <span className={`chip ${row.chip.look}`}>{row.chip.words}</span>
            <span className="grow" />
            <span className={row.aside.startsWith('scene') ? '' : 'muted'}>{row.aside}</span>
          </span>
          <span className="drone-line muted">
            <BatteryBar percent={row.batteryPercent} />
            <span className="drone-sentence">{row.sentence}</span>
          </span>
        </button>
      </li>
    );
  },
  (before, after) =>
    before.selected === after.selected &&
    before.onSelect === after.onSelect &&
    sameRow(before.row, after.row),
);

function BatteryBar({ percent }: { percent: number | null }) {
  return (
    <>
      <svg className="battery-bar" viewBox="0 0 40 8" aria-hidden="true">
        <rect width="40" height="8" rx="2" className="battery-well" />
        <rect width={(40 * (percent ?? 0)) / 100} height="8" rx="2" className="battery-level" />
      </svg>
      <span className="battery-figure">
        <span className="visually-hidden">Battery </span>
        {percent === null ? '–' : `${percent} %`}
      </span>
    </>
  );
}
