import type { HealthBounds } from '../../../preload/contract/health.ts';
import { localTime } from '../../ui/formatting.ts';
import { dateWords } from './maintenance-words.ts';

export interface TrendPoint {
  readonly atMs: number;
  readonly value: number;
}

interface TrendChartProps {
  title: string;
  unit: string;
  /** Oldest first. */
  points: readonly TrendPoint[];
  /** Null: it has no limits. */
  bounds: HealthBounds | null;
}

const WIDTH = 340;
const HEIGHT = 150;
const LEFT = 40;
const RIGHT = 76;
const TOP = 20;
const BOTTOM = 22;
const ROOM = 0.08;

/** One value over the signed checks, with its two limits and its unit. */
export function TrendChart({ title, unit, points, bounds }: TrendChartProps) {
  const newest = points.at(-1);
  return (
    <figure className="trend">
      <figcaption>
        <b>{title}</b>
        <span className="muted">
          {newest === undefined ? 'nothing on record' : `${figure(newest.value)} ${unit}`}
        </span>
      </figcaption>
      {newest !== undefined && <Plot {...{ title, unit, points, bounds, newest }} />}
    </figure>
  );
}

function Plot({ title, unit, points, bounds, newest }: TrendChartProps & { newest: TrendPoint }) {
  const limits = bounds === null ? [] : [bounds.caution, bounds.fail];
  const values = [...points.map(({ value }) => value), ...limits];
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = (high - low || 1) * ROOM;
  const from = low >= 0 && bounds?.worse !== 'BELOW' ? 0 : low - margin;
  const until = high + margin;
  const firstMs = points[0]?.atMs ?? newest.atMs;
  const spanMs = Math.max(1, newest.atMs - firstMs);
  const x = (atMs: number): number =>
    points.length === 1
      ? (LEFT + WIDTH - RIGHT) / 2
      : LEFT + 6 + ((atMs - firstMs) / spanMs) * (WIDTH - LEFT - RIGHT - 12);
  const y = (value: number): number =>
    HEIGHT - BOTTOM - ((value - from) / (until - from)) * (HEIGHT - TOP - BOTTOM);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${title}: ${points.length} checks, newest ${figure(newest.value)} ${unit}${limitWords(bounds)}`}
    >
      <text x={LEFT - 6} y={9} textAnchor="end">
        {unit}
      </text>
      {ticks(from, until).map((tick) => (
        <g key={tick} className="trend-grid">
          <path d={`M${LEFT} ${y(tick)}H${WIDTH - RIGHT}`} />
          <text x={LEFT - 6} y={y(tick) + 3.5} textAnchor="end">
            {figure(tick)}
          </text>
        </g>
      ))}
      {bounds !== null && (
        <>
          <Limit y={y(bounds.caution)} words={`caution ${figure(bounds.caution)}`} dashed />
          <Limit y={y(bounds.fail)} words={`fail ${figure(bounds.fail)}`} dashed={false} />
        </>
      )}
      {points.length > 1 && (
        <polyline
          className="trend-line"
          points={points.map((point) => `${x(point.atMs).toFixed(1)},${y(point.value).toFixed(1)}`).join(' ')}
        />
      )}
      {points.map((point) => (
        <circle key={point.atMs} cx={x(point.atMs)} cy={y(point.value)} r="3" className="trend-point" />
      ))}
      <g className="trend-grid">
        <text x={LEFT} y={HEIGHT - 6}>
          {when(firstMs, spanMs)}
        </text>
        {points.length > 1 && (
          <text x={WIDTH - RIGHT} y={HEIGHT - 6} textAnchor="end">
            {when(newest.atMs, spanMs)}
          </text>
        )}
      </g>
    </svg>
  );
}

function limitWords(bounds: HealthBounds | null): string {
  if (bounds === null) return '';
  const { unit, caution, fail, worse } = bounds;
  const side = worse === 'ABOVE' ? 'above' : 'below';
  return `; caution ${side} ${caution} ${unit}, failed ${side} ${fail} ${unit}`;
}

function Limit({ y, words, dashed }: { y: number; words: string; dashed: boolean }) {
  return (
    <g className="trend-limit">
      <path d={`M${LEFT} ${y}H${WIDTH - RIGHT}`} strokeDasharray={dashed ? '4 3' : undefined} />
      <text x={WIDTH - RIGHT + 4} y={y + 3.5}>
        {words}
      </text>
    </g>
  );
}

/** Three round values in between. */
function ticks(from: number, until: number): number[] {
  const rough = (until - from) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  const first = Math.ceil(from / step);
  return Array.from({ length: 5 }, (_, index) => (first + index) * step).filter((tick) => tick <= until);
}

/** As many digits as the value needs, at most three behind the point. */
function figure(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) < 10 ? 3 : 1)));
}

const DAY_MS = 86_400_000;

/** The day; the time where all of it happened within one. */
function when(atMs: number, spanMs: number): string {
  return spanMs < DAY_MS ? localTime(atMs) : dateWords(new Date(atMs).toISOString().slice(0, 10));
}
