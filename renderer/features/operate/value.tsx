import type { ReactNode } from 'react';
import { useAgeS } from '../../state/now.ts';
import { age, type Quantity } from '../../ui/formatting.ts';

/** Older data is dimmed, with its age (U4, F10). */
const STALE_AFTER_S = 3;

interface ValueProps {
  label: string;
  quantity: Quantity;
  /** More in small letters behind the unit. */
  more?: string | null;
}

export function Value({ label, quantity, more = null }: ValueProps) {
  return (
    <div className="value">
      <dt>{label}</dt>
      <dd>
        <b>{quantity.value}</b>
        <small>
          {quantity.unit}
          {more !== null && ` · ${more}`}
        </small>
      </dd>
    </div>
  );
}

interface FreshProps {
  /** When these values were received (UTC of the station, ms); null: never. */
  receivedAtMs: number | null;
  className?: string;
  children: ReactNode;
}

/** Dims its values when they are old, and says how old. The place for the age is kept, so that nothing moves. */
export function Fresh({ receivedAtMs, className = '', children }: FreshProps) {
  const ageS = useAgeS(receivedAtMs);
  const stale = ageS !== null && ageS > STALE_AFTER_S;
  return (
    <div className={`fresh ${className}`} data-stale={stale}>
      {children}
      {stale && <span className="fresh-age">{age(ageS)} old</span>}
    </div>
  );
}
