const WIDTH = 320;
const HEIGHT = 28;

/** Values between 0 and 1, oldest first. Keeps its height when there is nothing to draw yet. */
export function Sparkline({ label, values }: { label: string; values: readonly number[] }) {
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values
    .map((value, index) => `${(index * step).toFixed(1)},${y(value).toFixed(1)}`)
    .join(' ');
  const newest = values.at(-1);
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={newest === undefined ? label : `${label}: now ${newest.toFixed(2)}`}
    >
      <path d={`M0 ${y(0)}H${WIDTH}`} className="sparkline-base" />
      {values.length > 1 && <polyline points={points} className="sparkline-line" />}
    </svg>
  );
}

function y(value: number): number {
  return HEIGHT - 2 - Math.min(1, Math.max(0, value)) * (HEIGHT - 4);
}
