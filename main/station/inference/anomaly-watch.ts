import type { AnomalyDetector, AnomalyReading } from '../../../preload/contract/models.ts';
import type { Frame } from '../mavlink/frame.ts';
import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import { AnomalyScorer, type ScorerOptions, type WindowScores } from './anomaly-scorer.ts';
import { type ChannelScore, flyingSentence, highSentence } from './anomaly-words.ts';
import { type EarlierFlights, type EndedFlight, FlightMean } from './earlier-flights.ts';
import { FlightReference } from './flight-reference.ts';
import { FlightWindows } from './flight-windows.ts';
import { type TelemetrySample, TelemetrySampler } from './telemetry-sampler.ts';
import { COMPARISONS, SAMPLE_PERIOD_MS, SHIPPED_CHANNELS, WINDOWS_FOR_ALARM } from './window-features.ts';

/** Live scores of every vehicle that is heard. */
export interface AnomalyWatch {
  /** Takes a message of a vehicle. */
  accept(frame: Frame): void;
  /** Takes the next sample of a vehicle, at SAMPLE_PERIOD_MS; null: it does not fly, or something is missing. */
  feed(systemId: number, sample: TelemetrySample | null): void;
  detector(): AnomalyDetector;
  readings(): AnomalyReading[];
  reading(systemId: number): AnomalyReading | null;
  /** Called after each window that was scored. Returns its unsubscribe. */
  subscribe(listener: (reading: AnomalyReading) => void): () => void;
  close(): Promise<void>;
}

export interface AnomalyWatchOptions extends ScorerOptions {
  clock: Clock;
  alerts: Alerts;
  /** The registered drone's name, or null. */
  nameOf: (systemId: number) => string | null;
  /** What a registered drone's flight is compared with beside its own beginning. */
  earlierFlights: Pick<EarlierFlights, 'count' | 'reference'>;
  /** A registered drone has landed after a flight of which at least three windows were scored. */
  flightEnded: (droneId: string, flight: EndedFlight) => void;
}

/** An alarm ends with as many ordinary windows in a row: what comes and goes must not flicker. */
const WINDOWS_TO_END = 5;
export function watchAnomalies(options: AnomalyWatchOptions): AnomalyWatch {
  return new Watch(options);
}

/** What is known of one vehicle's present flight. */
class Flight {
  readonly sampler = new TelemetrySampler();
  windows = new FlightWindows();
  reference = new FlightReference();
  flown = new FlightMean();
  /** Of the window that was scored last, highest first. */
  scores: readonly ChannelScore[] = [];
  windowEndedAtMs: number | null = null;
  high = 0;
  ordinary = 0;
  alarm = false;
  /** Of the last windows, newest last. */
  recent: readonly number[] = [];
  /** The highest that as many windows in a row as make an alarm were above; null: too few were scored. */
  sustained: number | null = null;
  /** What stood out when it was highest. */
  sentence: string | null = null;

  begin(): void {
    this.windows = new FlightWindows();
    this.reference = new FlightReference();
    this.flown = new FlightMean();
    this.scores = [];
    this.windowEndedAtMs = null;
    this.high = 0;
    this.ordinary = 0;
    this.recent = [];
    this.sustained = null;
    this.sentence = null;
  }

  keep(score: number): void {
    this.recent = [...this.recent, score].slice(-WINDOWS_FOR_ALARM);
    if (this.recent.length < WINDOWS_FOR_ALARM) return;
    const sustained = Math.min(...this.recent);
    if (sustained <= (this.sustained ?? 0)) return;
    this.sustained = sustained;
    this.sentence = sustained > 1 ? highSentence(this.scores) : null;
  }
}

class Watch implements AnomalyWatch {
  readonly #options: AnomalyWatchOptions;
  readonly #scorer: AnomalyScorer;
  readonly #flights = new Map<number, Flight>();
  readonly #listeners = new Set<(reading: AnomalyReading) => void>();
  readonly #stop: () => void;

  constructor(options: AnomalyWatchOptions) {
    this.#options = options;
    this.#scorer = new AnomalyScorer(options);
    this.#stop = options.clock.every(SAMPLE_PERIOD_MS, () => this.#sample());
  }

  accept(frame: Frame): void {
    this.#flight(frame.systemId).sampler.accept(frame, this.#nowMs());
  }

  feed(systemId: number, sample: TelemetrySample | null): void {
    const flight = this.#flight(systemId);
    const features = flight.windows.push(sample);
    if (features === null) return;
    flight.flown.add(features);
    const endedAtMs = this.#nowMs();
    const { reference: ofFlight } = flight;
    const references = { BEGINNING: ofFlight.mean(), EARLIER_FLIGHTS: this.#earlier(systemId) };
    if (references.BEGINNING === null) ofFlight.add(features, false);
    if (Object.values(references).every((reference) => reference === null)) return;
    this.#scorer.score({
      ...{ systemId, features, references },
      scored: (scores) => {
        // The flight that it belongs to may be over by now.
        if (flight.reference !== ofFlight) return;
        this.#scored(systemId, flight, scores, endedAtMs);
        if (scores.BEGINNING !== null) ofFlight.add(features, Math.max(...scores.BEGINNING) > 1);
      },
    });
  }

  detector(): AnomalyDetector {
    return this.#scorer.state;
  }

  readings(): AnomalyReading[] {
    return [...this.#flights.keys()].map((systemId) => this.#reading(systemId, this.#flight(systemId)));
  }

  reading(systemId: number): AnomalyReading | null {
    const flight = this.#flights.get(systemId);
    return flight === undefined ? null : this.#reading(systemId, flight);
  }

  subscribe(listener: (reading: AnomalyReading) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#scorer.close();
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  #flight(systemId: number): Flight {
    let flight = this.#flights.get(systemId);
    if (flight === undefined) {
      flight = new Flight();
      this.#flights.set(systemId, flight);
    }
    return flight;
  }

  #earlier(systemId: number): Float32Array | null {
    const droneId = this.#options.nameOf(systemId);
    return droneId === null ? null : this.#options.earlierFlights.reference(droneId);
  }

  #sample(): void {
    const nowMs = this.#nowMs();
    for (const [systemId, flight] of this.#flights) {
      if (!flight.sampler.flies(nowMs)) this.#landed(systemId, flight);
      else this.feed(systemId, flight.sampler.sample(nowMs));
    }
  }

  #landed(systemId: number, flight: Flight): void {
    if (flight.alarm) this.#end(systemId, flight);
    const droneId = this.#options.nameOf(systemId);
    const { sustained: score, sentence } = flight;
    const mean = flight.sampler.fellSilent(this.#nowMs()) ? null : flight.flown.mean();
    if (droneId !== null && score !== null) this.#options.flightEnded(droneId, { score, sentence, mean });
    flight.begin();
  }

  #scored(systemId: number, flight: Flight, scores: WindowScores, endedAtMs: number): void {
    flight.scores = COMPARISONS.flatMap((comparedWith) =>
      (scores[comparedWith] ?? []).flatMap((score, index) => {
        const channel = SHIPPED_CHANNELS[index];
        return channel === undefined ? [] : [{ channel, score, comparedWith }];
      }),
    ).sort((a, b) => b.score - a.score);
    const highest = flight.scores[0]?.score ?? 0;
    flight.windowEndedAtMs = endedAtMs;
    flight.keep(highest);
    const isHigh = highest > 1;
    flight.high = isHigh ? flight.high + 1 : 0;
    flight.ordinary = isHigh ? 0 : flight.ordinary + 1;
    if (!flight.alarm && flight.high >= WINDOWS_FOR_ALARM) this.#raise(systemId, flight);
    else if (flight.alarm && flight.ordinary >= WINDOWS_TO_END) this.#end(systemId, flight);
    const reading = this.#reading(systemId, flight);
    for (const listener of [...this.#listeners]) listener(reading);
  }

  #raise(systemId: number, flight: Flight): void {
    flight.alarm = true;
    const name = this.#options.nameOf(systemId);
    this.#options.alerts.raise({
      cause: causeOf(systemId),
      level: 'ADVISORY',
      subject: name ?? `System ${systemId}`,
      ...(name === null ? {} : { droneId: name }),
      sentence: `${highSentence(flight.scores)} Watch it, and check the drone after it has landed.`,
    });
  }

  #end(systemId: number, flight: Flight): void {
    flight.alarm = false;
    this.#options.alerts.clear(causeOf(systemId));
  }

  /** Of how many flights it has learnt; null: it is not registered, and nothing is learnt of it. */
  #learnt(systemId: number): number | null {
    const droneId = this.#options.nameOf(systemId);
    return droneId === null ? null : this.#options.earlierFlights.count(droneId);
  }

  #reading(systemId: number, flight: Flight): AnomalyReading {
    const nowMs = this.#nowMs();
    const { alarm, scores, windowEndedAtMs } = flight;
    const score = scores[0]?.score ?? null;
    const none = { systemId, score: null, alarm, channels: [], windowEndedMsAgo: null };
    if (this.#scorer.state.state !== 'RUNNING')
      return { ...none, state: 'OFF', sentence: this.#scorer.state.sentence };
    if (!flight.sampler.flies(nowMs))
      return { ...none, state: 'ON_GROUND', sentence: 'Scored in flight only.' };
    const missing = flight.sampler.missing(nowMs);
    if (missing.length > 0)
      return { ...none, state: 'INCOMPLETE', sentence: `Not scored: ${missing.join(', ')} not received.` };
    if (score === null || windowEndedAtMs === null)
      return { ...none, state: 'LEARNING', sentence: flyingSentence([], this.#learnt(systemId)) };
    return {
      ...{ systemId, state: 'SCORED', score, alarm, channels: highestOfEach(scores) },
      sentence: flyingSentence(scores, this.#learnt(systemId)),
      windowEndedMsAgo: nowMs - windowEndedAtMs,
    };
  }
}

function causeOf(systemId: number): string {
  return `ANOMALY:${systemId}`;
}

/** Of each channel the comparison in which it stands out most. */
function highestOfEach(scores: readonly ChannelScore[]): AnomalyReading['channels'] {
  return [...Map.groupBy(scores, ({ channel }) => channel)].map(([channel, own]) => ({
    channel,
    score: Math.max(...own.map(({ score }) => score)),
  }));
}
