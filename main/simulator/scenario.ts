import { z } from 'zod';
import { FAULT_DEFAULTS, type FaultName } from './faults.ts';

const faultNames = Object.keys(FAULT_DEFAULTS) as [FaultName, ...FaultName[]];

const scenarioEvent = z.object({
  /** Simulated seconds after the start. */
  atS: z.number().min(0),
  /** A drone's id, or `*` for all. */
  drone: z.string().default('*'),
  fault: z.enum(faultNames),
  on: z.boolean().default(true),
  value: z.number().min(0).optional(),
  /** Switches itself off again after this long. */
  forS: z.number().positive().optional(),
});

const scenario = z.object({
  /** Percent of charge at the start, by drone id. */
  battery: z.record(z.string(), z.number().min(0).max(100)).default({}),
  wind: z.object({ speedMps: z.number().min(0).max(40), fromDeg: z.number().min(0).max(360) }).optional(),
  events: z.array(scenarioEvent).max(10_000).default([]),
});
export type Scenario = z.infer<typeof scenario>;
type ScenarioEvent = z.infer<typeof scenarioEvent>;

const NAMED: Readonly<Record<string, z.input<typeof scenario>>> = {
  calm: { wind: { speedMps: 0.5, fromDeg: 250 } },
  windy: { wind: { speedMps: 11, fromDeg: 290 } },
  'jammed-door': { events: [{ atS: 0, drone: 'Alpha-3', fault: 'jammed-aed' }] },
  'weak-radio': {
    events: [
      { atS: 0, fault: 'packet-loss', value: 0.2 },
      { atS: 0, fault: 'delay', value: 250 },
    ],
  },
  'empty-scene': { events: [{ atS: 0, fault: 'person-free-scene' }] },
  'bad-day': {
    wind: { speedMps: 9, fromDeg: 30 },
    battery: { 'Bravo-4': 31, 'Echo-2': 17 },
    events: [
      { atS: 0, drone: 'Alpha-3', fault: 'jammed-aed' },
      { atS: 20, drone: 'Charlie-2', fault: 'compass-error' },
      { atS: 40, drone: 'Delta-1', fault: 'hot-accelerator' },
      { atS: 60, drone: 'Alpha-1', fault: 'link-drop', forS: 12 },
      { atS: 120, fault: 'packet-loss', value: 0.15, forS: 60 },
    ],
  },
};

/** @throws Error when there is no scenario of this name; the message lists them. */
export function namedScenario(name: string): Scenario {
  const found = NAMED[name];
  if (found === undefined) {
    throw new Error(`There is no scenario "${name}". There are: ${Object.keys(NAMED).join(', ')}.`);
  }
  return scenario.parse(found);
}

/** @throws ZodError or SyntaxError when the text is not a scenario. */
export function parseScenario(json: string): Scenario {
  return scenario.parse(JSON.parse(json));
}

interface Switch {
  readonly atMs: number;
  readonly drone: string;
  readonly fault: FaultName;
  readonly on: boolean;
  readonly value: number;
}

/** The switchings of a scenario in order of time, those that end by themselves included. */
export class ScenarioTimeline {
  readonly #switches: Switch[];

  constructor(events: readonly ScenarioEvent[]) {
    this.#switches = events.flatMap(switchesOf).sort((one, other) => one.atMs - other.atMs);
  }

  /** Takes out what is due. */
  due(nowMs: number): Switch[] {
    const later = this.#switches.findIndex((entry) => entry.atMs > nowMs);
    return this.#switches.splice(0, later < 0 ? this.#switches.length : later);
  }
}

function switchesOf(event: ScenarioEvent): Switch[] {
  const { drone, fault, on, atS, forS } = event;
  const value = event.value ?? FAULT_DEFAULTS[fault];
  const first = { atMs: atS * 1000, drone, fault, on, value };
  return forS === undefined ? [first] : [first, { ...first, atMs: (atS + forS) * 1000, on: !on }];
}
