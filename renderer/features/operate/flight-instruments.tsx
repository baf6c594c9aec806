import { memo } from 'react';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { useStation } from '../../state/station.ts';
import { useStore } from '../../state/store.ts';
import { altitude, heading, speed } from '../../ui/formatting.ts';
import { Fresh, Value } from './value.tsx';

export function FlightInstruments({ vehicle }: { vehicle: VehicleState }) {
  const { units } = useStore(useStation().settings);
  const { attitude, position, velocity } = vehicle;
  return (
    <section className="section instruments" aria-label="Flight">
      <Fresh receivedAtMs={attitude?.receivedAtMs ?? null}>
        {attitude === null ? (
          <p className="no-attitude dim">No attitude</p>
        ) : (
          <AttitudeIndicator
            rollDeg={Math.round(attitude.rollDeg)}
            pitchDeg={Math.round(attitude.pitchDeg)}
            headingDeg={Math.round(attitude.headingDeg)}
          />
        )}
      </Fresh>
      <div className="instrument-values">
        <Fresh receivedAtMs={position?.receivedAtMs ?? null}>
          <dl className="values two-columns">
            <Value
              label="Altitude, home"
              quantity={altitude(position?.altitudeRelativeHomeM, units)}
              more={climbWords(velocity?.climbRateMps ?? 0)}
            />
            <Value label="Altitude, AMSL" quantity={altitude(position?.altitudeAmslM, units)} />
          </dl>
        </Fresh>
        <Fresh receivedAtMs={velocity?.receivedAtMs ?? null}>
          <dl className="values two-columns">
            <Value label="Ground speed" quantity={speed(velocity?.groundSpeedMps, units)} />
            <Value
              label="Heading"
              quantity={{ value: heading(attitude?.headingDeg), unit: attitude === null ? '' : '°' }}
            />
          </dl>
        </Fresh>
      </div>
    </section>
  );
}

/** Slower than this is level flight in a light wind. */
const LEVEL_MPS = 0.5;

function climbWords(climbRateMps: number): string | null {
  if (Math.abs(climbRateMps) < LEVEL_MPS) return null;
  return climbRateMps > 0 ? 'climbs' : 'sinks';
}

const PIXELS_PER_DEGREE = 1.4;
const PITCH_MARKS_DEG = [-20, -10, 10, 20];

interface AttitudeProps {
  rollDeg: number;
  pitchDeg: number;
  headingDeg: number;
}

/** Artificial horizon inside a heading ring. Two transforms change, nothing else is drawn again. */
const AttitudeIndicator = memo(function AttitudeIndicator({ rollDeg, pitchDeg, headingDeg }: AttitudeProps) {
  return (
    <svg
      className="attitude"
      viewBox="-62 -62 124 124"
      role="img"
      aria-label={`Roll ${rollDeg}°, pitch ${pitchDeg}°, heading ${heading(headingDeg)}°`}
    >
      <clipPath id="attitude-clip">
        <circle r="46" />
      </clipPath>
      <g clipPath="url(#attitude-clip)">
        <g transform={`rotate(${-rollDeg}) translate(0 ${pitchDeg * PIXELS_PER_DEGREE})`}>
          <rect x="-120" y="-200" width="240" height="200" fill="#2f6f94" />
          <rect x="-120" y="0" width="240" height="200" fill="#6b5138" />
          <path d="M-120 0H120" stroke="#fff" strokeWidth="1.500" />
          {PITCH_MARKS_DEG.map((markDeg) => (
            <path
              key={markDeg}
              d={markDeg % 20 === 0 ? 'M-18 0H18' : 'M-11 0H11'}
              transform={`translate(0 ${-markDeg * PIXELS_PER_DEGREE})`}
              stroke="#fff"
              strokeWidth="1.200"
            />
          ))}
        </g>
      </g>
      <circle r="46" fill="none" stroke="var(--line)" strokeWidth="2" />
      <path d="M-26 0H-9L-4 6M26 0H9L4 6" fill="none" stroke="#ffe14d" strokeWidth="3" />
      <circle r="1.800" fill="#ffe14d" />
      <g transform={`rotate(${-headingDeg})`} className="heading-ring">
        {['N', 'E', 'S', 'W'].map((point, index) => (
          <text key={point} transform={`rotate(${index * 90})`} y="-50" textAnchor="middle">
            {point}
          </text>
        ))}
        {[30, 60, 120, 150, 210, 240, 300, 330].map((tickDeg) => (
          <path key={tickDeg} d="M0-50V-55" transform={`rotate(${tickDeg})`} stroke="var(--text-3)" />
        ))}
      </g>
      <path d="M0-47L4-40H-4Z" fill="var(--text)" />
    </svg>
  );
});
