import type { HealthBounds } from '../../../preload/contract/health.ts';
import { localTime } from '../../ui/formatting.ts';
import { dateWords } from './maintenance-words.ts';

export interface TrendPoint {
  readonly atMs: number;
  readonly value: number;
}

interface TrendChartProps {
  title: string;
  /** Oldest first. */
  points: readonly TrendPoint[];
  bounds: HealthBounds;
}

const WIDTH = 340;
const HEIGHT = 150;
const LEFT = 40;
const RIGHT = 76;
const TOP = 20;
const BOTTOM = 22;
const ROOM = 0.08;

/** One value over the signed checks, with its two limits and its unit. */
export function TrendChart({ title, points, bounds }: TrendChartProps) {
  const newest = points.at(-1);
  return (
    <figure className="trend">
      <figcaption>
        <b>{title}</b>
        <span className="muted">
          {newest === undefined ? 'nothing on record' : `${figure(newest.value)} ${bounds.unit}`}
        </span>
      </figcaption>
      {newest !== undefined && <Plot title={title} points={points} bounds={bounds} newest={newest} />}
    </figure>
  );
}

function Plot({ title, points, bounds, newest }: TrendChartProps & { newest: TrendPoint }) {
  const { unit, caution, fail, worse } = bounds;
  const values = points.map(({ value }) => value);
  const low = Math.min(...values, caution, fail);
  const high = Math.max(...values, caution, fail);
  const margin = (high - low || 1) * ROOM;
  const from = low >= 0 && worse === 'ABOVE' ? 0 : low - margin;
  const until = high + margin;
  const firstMs = points[0]?.atMs ?? newest.atMs;
  const spanMs = Math.max(1, newest.atMs - firstMs);
  const x = (atMs: number): number =>
    points.length === 1
      ? (LEFT + WIDTH - RIGHT) / 2
      : LEFT + 6 + ((atMs - firstMs) / spanMs) * (WIDTH - LEFT - RIGHT - 12);
  const y = (value: number): number =>
    HEIGHT - BOTTOM - ((value - from) / (until - from)) * (HEIGHT - TOP - BOTTOM);
  const side = worse === 'ABOVE' ? 'above' : 'below';
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${title}: ${points.length} checks, newest ${figure(newest.value)} ${unit}; caution ${side} ${caution} ${unit}, failed ${side} ${fail} ${unit}`}
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
      <Limit y={y(caution)} words={`caution ${figure(caution)}`} dashed />
      <Limit y={y(fail)} words={`fail ${figure(fail)}`} dashed={false} />
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
