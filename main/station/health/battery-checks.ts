import {
  BATTERY_STATUS,
  POWER_STATUS,
  SMART_BATTERY_INFO,
  SYS_STATUS,
} from '../mavlink/generated/messages.ts';
import { fail, type HealthCheck, type HealthFacts, judged, numeric, pass } from './check.ts';
import type { Heard } from './message-window.ts';

const UNKNOWN_UINT16 = 0xffff;
const UNKNOWN_INT16 = 0x7fff;
/** No lithium polymer cell has more; a pack's total, which some monitors put in the first cell's place, is above. */
const MOST_OF_A_CELL_MV = 4_500;

/** MAV_BATTERY_FAULT. */
const FAULTS: readonly (readonly [bit: number, words: string])[] = [
  [1, 'deep discharge'],
  [2, 'voltage spikes'],
  [4, 'a cell has failed'],
  [8, 'over-current'],
  [16, 'over-temperature'],
  [32, 'under-temperature'],
  [64, 'incompatible voltage'],
  [128, 'incompatible firmware'],
  [256, 'incompatible cell configuration'],
  [512, 'capacity depleted'],
];

/** The battery's charge counts while it is as fresh as a launch asks. */
const FRESH_MS = 3_000;

type Battery = Heard<ReturnType<typeof BATTERY_STATUS.read>>;

function batteries({ window, nowMs }: HealthFacts): readonly Battery[] {
  return window.all(BATTERY_STATUS, nowMs);
}

/** Cell voltages of the newest message, volts; none when it tells the pack's total only. */
function cellsV(facts: HealthFacts): number[] {
  const newest = batteries(facts).at(-1)?.fields;
  if (newest === undefined) return [];
  const known = [...newest.voltages, ...newest.voltagesExt].filter((mv) => mv !== UNKNOWN_UINT16 && mv !== 0);
  return known.some((mv) => mv > MOST_OF_A_CELL_MV) ? [] : known.map((mv) => mv / 1_000);
}

/**
 * Ohms, from how the voltage fell as the current rose (least squares over the window); null while the current hardly
 * changed, as on the bench before the motors were turned.
 */
export function packResistanceOhm(samples: readonly { currentA: number; voltageV: number }[]): number | null {
  const count = samples.length;
  if (count < 4) return null;
  const meanA = samples.reduce((sum, { currentA }) => sum + currentA, 0) / count;
  const meanV = samples.reduce((sum, { voltageV }) => sum + voltageV, 0) / count;
  let square = 0;
  let product = 0;
  for (const { currentA, voltageV } of samples) {
    square += (currentA - meanA) ** 2;
    product += (currentA - meanA) * (voltageV - meanV);
  }
  const spreadA = Math.sqrt(square / count);
  if (spreadA < SMALLEST_CURRENT_SPREAD_A) return null;
  return Math.max(0, -product / square);
}
const SMALLEST_CURRENT_SPREAD_A = 0.15;
/** The motors were turned one after the other within this. */
const LOADED_WITHIN_MS = 60_000;

function resistanceMilliohm({ window, nowMs }: HealthFacts): number | null {
  const samples = window
    .since(SYS_STATUS, nowMs - LOADED_WITHIN_MS)
    .map(({ fields }) => fields)
    .filter((status) => status.voltageBattery !== UNKNOWN_UINT16 && status.currentBattery >= 0)
    .map((status) => ({ currentA: status.currentBattery / 100, voltageV: status.voltageBattery / 1_000 }));
  const ohm = packResistanceOhm(samples);
  return ohm === null ? null : ohm * 1_000;
}

const faults = judged('BATTERY', {
  id: 'battery-faults',
  title: 'Battery faults',
  messages: [BATTERY_STATUS],
  limit: 'none',
  limitSource: 'MAVLink MAV_BATTERY_FAULT',
  remedy: 'Take the battery out of service.',
  judge(facts) {
    const newest = batteries(facts).at(-1)?.fields;
    if (newest === undefined) return null;
    // Neither the charge state nor a fault: its monitor knows of no faults.
    if (newest.chargeState === 0 && newest.faultBitmask === 0) return null;
    const words = FAULTS.filter(([bit]) => (newest.faultBitmask & bit) !== 0).map(([, text]) => text);
    return words.length === 0
      ? pass('none')
      : fail(words.join(', '), `The battery reports: ${words.join(', ')}.`);
  },
});

export const batteryChecks: readonly HealthCheck[] = [
  numeric('BATTERY', {
    id: 'battery-charge',
    title: 'Battery charge',
    messages: [BATTERY_STATUS, SYS_STATUS],
    unit: '%',
    worse: 'BELOW',
    caution: 80,
    fail: 50,
    digits: 0,
    limitSource: 'Go/no-go of a launch: at least 50 %; a standby drone is kept above 80 %',
    remedy: 'Charge the battery, or fit a full one.',
    measure({ vehicle: { battery }, nowMs }) {
      return battery === null || nowMs - battery.receivedAtMs > FRESH_MS ? null : battery.remainingPercent;
    },
  }),
  numeric('BATTERY', {
    id: 'battery-cell',
    title: 'Weakest cell',
    messages: [BATTERY_STATUS],
    unit: 'V',
    worse: 'BELOW',
    caution: 3.7,
    fail: 3.5,
    digits: 2,
    limitSource: 'ArduPilot battery failsafe: 3.5 V (low) and 3.6 V a cell (arming) for lithium polymer',
    remedy: 'Charge the battery. A cell that stays low is worn out: take the battery out of service.',
    measure(facts) {
      const cells = cellsV(facts);
      return cells.length === 0 ? null : Math.min(...cells);
    },
  }),
  numeric('BATTERY', {
    id: 'battery-cell-spread',
    title: 'Spread of the cells',
    messages: [BATTERY_STATUS],
    unit: 'V',
    worse: 'ABOVE',
    caution: 0.05,
    fail: 0.15,
    digits: 3,
    limitSource: 'Fleet limit; balance chargers hold cells within 0.01 V',
    remedy: 'Balance-charge the battery. Take it out of service if the spread comes back.',
    measure(facts) {
      const cells = cellsV(facts);
      return cells.length < 2 ? null : Math.max(...cells) - Math.min(...cells);
    },
  }),
  numeric('BATTERY', {
    id: 'battery-resistance',
    title: 'Internal resistance of the pack',
    messages: [SYS_STATUS],
    unit: 'mΩ',
    worse: 'ABOVE',
    caution: 60,
    fail: 120,
    digits: 0,
    limitSource: 'Fleet limit: a new 6S pack has 15 to 30 mΩ',
    remedy: 'Plan a new battery. Do not fly in the cold with this one.',
    needed: false,
    measure: resistanceMilliohm,
  }),
  numeric('BATTERY', {
    id: 'battery-cycles',
    title: 'Charge cycles',
    messages: [SMART_BATTERY_INFO],
    unit: 'cycles',
    worse: 'ABOVE',
    caution: 200,
    fail: 300,
    digits: 0,
    limitSource: 'Fleet limit: lithium polymer packs keep 80 % of their capacity for 200 to 300 cycles',
    remedy: 'Replace the battery.',
    needed: false,
    measure({ window }) {
      const cycles = window.saidOnce(SMART_BATTERY_INFO)?.cycleCount ?? UNKNOWN_UINT16;
      return cycles === UNKNOWN_UINT16 ? null : cycles;
    },
  }),
  judged('BATTERY', {
    id: 'battery-temperature',
    title: 'Battery temperature',
    messages: [BATTERY_STATUS],
    limit: '10 to 45 °C, never outside 0 to 60 °C',
    limitSource: 'Usual limits of lithium polymer makers for discharging',
    remedy: 'Warm the battery above 10 °C, or let it cool, before a flight.',
    needed: false,
    judge(facts) {
      const raw = batteries(facts).at(-1)?.fields.temperature ?? UNKNOWN_INT16;
      if (raw === UNKNOWN_INT16) return null;
      const celsius = raw / 100;
      const measured = `${celsius.toFixed(0)} °C`;
      if (celsius < 0 || celsius > 60) return fail(measured, `${measured} harms the battery.`);
      if (celsius < 10 || celsius > 45)
        return { result: 'CAUTION', measured, sentence: `At ${measured} it gives less than it should.` };
      return pass(measured);
    },
  }),
  faults,
  numeric('BATTERY', {
    id: 'avionics-voltage',
    title: 'Supply of the autopilot',
    messages: [POWER_STATUS],
    unit: 'V',
    worse: 'BELOW',
    caution: 4.7,
    fail: 4.3,
    digits: 2,
    limitSource: 'ArduPilot arming check BOARD_VOLTAGE: 4.3 to 5.8 V',
    remedy: 'Check the power module and its cable.',
    needed: false,
    measure({ window, nowMs }) {
      const vcc = window.latest(POWER_STATUS, nowMs)?.vcc ?? 0;
      return vcc === 0 ? null : vcc / 1_000;
    },
  }),
];
