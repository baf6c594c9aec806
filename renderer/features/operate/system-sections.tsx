import type { ReactNode } from 'react';
import type { AnomalyReading, ModelMatch } from '../../../preload/contract/models.ts';
import type { VehicleState } from '../../../preload/contract/vehicle.ts';
import { useNowMs } from '../../state/now.ts';
import { age, NONE, percent } from '../../ui/formatting.ts';
import { MODEL_MATCH_WORDS } from '../maintenance/maintenance-words.ts';
import { Sparkline } from './sparkline.tsx';
import { Fresh, Value } from './value.tsx';

export function PowerSection({ vehicle }: { vehicle: VehicleState }) {
  const { battery, gps } = vehicle;
  const timeLeftS = battery?.timeLeftS ?? null;
  return (
    <section className="section three-columns" aria-label="Battery, position and link">
      <Fresh receivedAtMs={battery?.receivedAtMs ?? null}>
        <dl>
          <Value
            label="Battery"
            quantity={percent(battery?.remainingPercent)}
            more={
              timeLeftS === null ? voltage(battery?.voltageV ?? null) : `${Math.floor(timeLeftS / 60)} min`
            }
          />
        </dl>
      </Fresh>
      <Fresh receivedAtMs={gps?.receivedAtMs ?? null}>
        <dl>
          <Value label="GPS" quantity={{ value: whole(gps?.satellites), unit: gps?.fixText ?? '' }} />
        </dl>
      </Fresh>
      <dl>
        <LinkValue vehicle={vehicle} />
      </dl>
    </section>
  );
}

function LinkValue({ vehicle }: { vehicle: VehicleState }) {
  if (vehicle.contact !== 'LIVE') {
    return (
      <Value label="Link" quantity={{ value: NONE, unit: `no data ${age(vehicle.lastHeardMsAgo / 1000)}` }} />
    );
  }
  const best = vehicle.links.toSorted((a, b) => a.lastHeardMsAgo - b.lastHeardMsAgo)[0];
  const others = vehicle.links.length - 1;
  return (
    <Value
      label="Link"
      quantity={percent(best === undefined ? null : 100 - best.lossPercent)}
      more={best === undefined ? null : others > 0 ? `${vehicle.links.length} links` : linkKind(best.linkId)}
    />
  );
}

/** The kind of a link from its address, such as `udpin:127.0.0.1:14550`: there is no room for all of it. */
function linkKind(address: string): string {
  if (address.startsWith('udp')) return 'UDP';
  if (address.startsWith('tcp')) return 'TCP';
  return address.startsWith('serial') ? 'radio' : address;
}

/** What the autopilot said longer ago than this no longer describes it. */
const AUTOPILOT_WORDS_MS = 60_000;

/** Only what is wrong: sensors, pre-arm checks and the newest words of the autopilot that matter. */
export function HealthSection({ vehicle }: { vehicle: VehicleState }) {
  const { health, statusTexts } = vehicle;
  const nowMs = useNowMs();
  const problems: string[] = [];
  if (health !== null && health.unhealthy.length > 0)
    problems.push(`Not healthy: ${health.unhealthy.join(', ')}`);
  if (health?.readyToArm === false && !vehicle.armed) problems.push('Pre-arm checks not passed');
  // MAVLink severities 0–4: emergency to warning.
  const said = statusTexts
    .filter((text) => text.severity <= 4 && nowMs - text.receivedAtMs < AUTOPILOT_WORDS_MS)
    .slice(0, 2);
  if (problems.length === 0 && said.length === 0) return null;
  return (
    <section className="section" aria-label="Autopilot">
      <Fresh receivedAtMs={health?.receivedAtMs ?? null}>
        {problems.map((problem) => (
          <p key={problem}>{problem}</p>
        ))}
      </Fresh>
      {said.map((text) => (
        <p key={`${text.receivedAtMs} ${text.text}`} className="muted">
          Autopilot: “{text.text}”{text.count > 1 && ` ${text.count} times`}
        </p>
      ))}
    </section>
  );
}

/** How it flies, compared with the beginning of this flight; nothing while it stands. */
export function AnomalySection({ anomaly }: { anomaly: AnomalyReading | null }) {
  if (anomaly === null || anomaly.state === 'ON_GROUND') return null;
  if (anomaly.score === null) return <Summary title="Flight pattern" words={anomaly.sentence} />;
  return <Summary title="Flight pattern" words={`${anomaly.score.toFixed(1)} of 1. ${anomaly.sentence}`} />;
}

interface InferenceSectionProps {
  vehicle: VehicleState;
  match: ModelMatch | null;
}

/** Whether the drone's own eyes can be trusted: how it runs, with which model, and what it sees. */
export function InferenceSection({ vehicle, match }: InferenceSectionProps) {
  const { inference } = vehicle;
  if (inference === null) return <Summary title="Onboard AI" words="not heard" />;
  return (
    <section className="section" aria-label="Onboard AI">
      <Fresh receivedAtMs={inference.receivedAtMs}>
        <SectionHead title="Onboard AI">
          {INFERENCE_WORDS[inference.state]} ·{' '}
          {inference.modelVersion === '' ? 'model not told' : inference.modelVersion}
        </SectionHead>
        {match !== null && (
          <p className={match === 'ACTIVE' ? 'muted' : ''}>
            {inference.modelVersion}: {MODEL_MATCH_WORDS[match]}
          </p>
        )}
        <dl className="values three-columns">
          <Value label="Frames" quantity={{ value: inference.framesPerSecond.toFixed(0), unit: '/s' }} />
          <Value
            label="Latency"
            quantity={{ value: inference.latencyMeanMs.toFixed(0), unit: 'ms' }}
            more={`p95 ${inference.latencyP95Ms.toFixed(0)}`}
          />
          <Value label="Temperature" quantity={{ value: whole(inference.temperatureC), unit: '°C' }} />
          <Value label="Persons" quantity={{ value: String(inference.persons), unit: '' }} />
          <Value label="Obstacles" quantity={{ value: String(inference.obstacles), unit: '' }} />
          <Value
            label="Landing zone"
            quantity={{ value: inference.landingZoneConfidence?.toFixed(2) ?? NONE, unit: '' }}
          />
        </dl>
        <Sparkline
          label="Confidence in the landing zone, last two minutes"
          values={inference.landingZoneConfidences}
        />
      </Fresh>
    </section>
  );
}

const INFERENCE_WORDS: Record<NonNullable<VehicleState['inference']>['state'], string> = {
  LOADING: 'loading',
  RUNNING: 'running',
  DEGRADED: 'degraded',
  STOPPED: 'stopped',
  UNKNOWN: 'unknown',
};

const COMPARTMENT_WORDS: Record<NonNullable<VehicleState['aed']>['compartment'], string> = {
  CLOSED: 'door closed',
  OPENING: 'door opening',
  OPEN: 'door open',
  JAMMED: 'door jammed',
  UNKNOWN: 'door unknown',
};

export function AedSection({ aed }: { aed: VehicleState['aed'] }) {
  if (aed === null) return <Summary title="AED" words="not heard" />;
  return (
    <section className="section" aria-label="AED">
      <Fresh receivedAtMs={aed.receivedAtMs}>
        <SectionHead title="AED">{aedWords(aed).join(' · ')}</SectionHead>
      </Fresh>
    </section>
  );
}

function aedWords(aed: NonNullable<VehicleState['aed']>): string[] {
  const words = [COMPARTMENT_WORDS[aed.compartment]];
  if (aed.removed) words.push('taken out');
  else if (!aed.present) words.push('not aboard');
  if (aed.selfTestPassed !== null) words.push(aed.selfTestPassed ? 'self-test passed' : 'self-test failed');
  if (aed.batteryPercent !== null) words.push(`${Math.round(aed.batteryPercent)} %`);
  return words;
}

function Summary({ title, words }: { title: string; words: string }) {
  return (
    <section className="section" aria-label={title}>
      <SectionHead title={title}>{words}</SectionHead>
    </section>
  );
}

function SectionHead({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="section-head">
      <h3>{title}</h3>
      <span className="muted">{children}</span>
    </div>
  );
}

function voltage(voltageV: number | null): string | null {
  return voltageV === null ? null : `${voltageV.toFixed(1)} V`;
}

function whole(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : String(Math.round(value));
}
