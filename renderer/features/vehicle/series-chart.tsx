import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { LogSeries } from '../../../preload/contract/vehicle-tools.ts';
import { useStation } from '../../state/station.ts';
import { useSelected } from '../../state/store.ts';
import { duration } from '../../ui/formatting.ts';
import { numberText } from './vehicle-words.ts';

interface SeriesChartProps {
  title: string;
  series: LogSeries;
  /** Of the whole log, so that charts lie under each other. */
  firstS: number;
  lastS: number;
  /** Where the time cursor stands; null: nowhere. */
  atS: number | null;
  onTime(atS: number): void;
}

const HEIGHT_PX = 150;
const AXIS_PX = 64;
const TIME_AXIS_PX = 30;
const TIME_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400];

/** One value over the time of its log. What it shows at the cursor stands above it in words. */
export function SeriesChart(props: SeriesChartProps) {
  const { title, series, firstS, lastS, atS, onTime } = props;
  const theme = useSelected(useStation().settings, (settings) => settings.theme);
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const tell = useRef(onTime);
  tell.current = onTime;

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    // The theme decides the colours: they are read anew for each.
    element.dataset.theme = theme;
    const options = optionsFor(element, { firstS, lastS, unit: series.unit }, (at) => tell.current(at));
    const made = new uPlot(options, [series.seconds, series.values], element);
    chart.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [theme, series, firstS, lastS]);

  useEffect(() => {
    const made = chart.current;
    if (made !== null && atS !== null) made.setCursor({ left: made.valToPos(atS, 'x'), top: 0 }, false);
  }, [atS]);

  const unit = series.unit === null ? '' : ` ${series.unit}`;
  const value = atS === null ? null : valueAt(series, atS);
  return (
    <>
      <figcaption className="log-chart-words">
        <b>{title}</b>
        <span className="log-chart-value">
          {value === null ? rangeText(series, unit) : `${numberText(value)}${unit} at ${duration(atS ?? 0)}`}
        </span>
      </figcaption>
      <div
        className="log-chart-canvas"
        ref={place}
        role="img"
        aria-label={`${title} over ${duration(lastS - firstS)}: ${rangeText(series, unit)}`}
      />
    </>
  );
}

function rangeText({ values, samples }: LogSeries, unit: string): string {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (values.length === 0) return 'no values';
  return `${numberText(low)} to ${numberText(high)}${unit}, ${samples} values`;
}

/** The last value at that time or before; null: there was none yet. */
function valueAt({ seconds, values }: Pick<LogSeries, 'seconds' | 'values'>, atS: number): number | null {
  let [low, high] = [0, seconds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((seconds[middle] ?? 0) <= atS) low = middle + 1;
    else high = middle;
  }
  return values[low - 1] ?? null;
}

function optionsFor(
  element: HTMLElement,
  { firstS, lastS, unit }: { firstS: number; lastS: number; unit: string | null },
  onTime: (atS: number) => void,
): uPlot.Options {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const font = `11px ${style.fontFamily}`;
  const axis: uPlot.Axis = {
    stroke: token('--text-2'),
    font,
    grid: { stroke: token('--surface-3'), width: 1 },
    ticks: { stroke: token('--surface-3'), width: 1 },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { x: { time: false, range: [firstS, Math.max(lastS, firstS + 1)] } },
    series: [{}, { stroke: token('--accent'), width: 1.5, points: { show: false } }],
    axes: [
      {
        ...axis,
        size: TIME_AXIS_PX,
        incrs: TIME_STEPS_S,
        values: (_, splits) => splits.map((atS) => duration(atS)),
      },
      {
        ...axis,
        size: AXIS_PX,
        values: (_, splits) => splits.map((value) => numberText(value)),
        ...(unit !== null && { label: unit, labelSize: 18, labelFont: font }),
      },
    ],
    hooks: {
      setCursor: [
        (chart) => {
          const { left } = chart.cursor;
          if (left !== undefined && left >= 0) onTime(chart.posToVal(left, 'x'));
        },
      ],
    },
  };
}
