import { ONBOARD_COMPUTER_STATUS, STORAGE_INFORMATION, SYS_STATUS } from '../mavlink/generated/messages.ts';
import { fail, type HealthCheck, type HealthFacts, judged, numeric, pass } from './check.ts';

const UNKNOWN_INT8 = 0x7f;
const UNKNOWN_UINT8 = 0xff;
const UNKNOWN_UINT32 = 0xff_ff_ff_ff;

/** COMPUTER_STATUS_FLAGS. */
const FLAGS: readonly (readonly [bit: number, words: string])[] = [
  [1, 'its supply voltage is too low'],
  [2, 'it slows down because its processor is too hot'],
  [4, 'it slows down because it is too hot'],
  [8, 'its disk is full'],
];

const computer = ({ window, nowMs }: HealthFacts) => window.latest(ONBOARD_COMPUTER_STATUS, nowMs);

/** The busiest core or accelerator, percent. */
function loadPercent(facts: HealthFacts): number | null {
  const status = computer(facts);
  if (status === null) return null;
  const known = [...status.cpuCores, ...status.gpuCores].filter((percent) => percent !== UNKNOWN_UINT8);
  return known.length === 0 ? null : Math.max(...known);
}

function temperatureC(facts: HealthFacts): number | null {
  const status = computer(facts);
  if (status === null) return null;
  const known = [status.temperatureBoard, ...status.temperatureCore].filter(
    (celsius) => celsius !== UNKNOWN_INT8,
  );
  return known.length === 0 ? null : Math.max(...known);
}

/** The fullest of the onboard computer's disks, percent. */
function diskPercent(facts: HealthFacts): number | null {
  const status = computer(facts);
  if (status === null) return null;
  const shares = status.storageTotal.flatMap((totalMiB, index) => {
    const usedMiB = status.storageUsage[index] ?? UNKNOWN_UINT32;
    const known = totalMiB !== 0 && totalMiB !== UNKNOWN_UINT32 && usedMiB !== UNKNOWN_UINT32;
    return known ? [(100 * usedMiB) / totalMiB] : [];
  });
  return shares.length === 0 ? null : Math.max(...shares);
}

const throttling = judged('COMPUTER', {
  id: 'computer-throttling',
  title: 'Onboard computer at full speed',
  messages: [ONBOARD_COMPUTER_STATUS],
  limit: 'no restriction',
  limitSource: 'MAVLink COMPUTER_STATUS_FLAGS',
  remedy: 'Let it cool, clear its air inlets, and check its supply.',
  judge(facts) {
    const status = computer(facts);
    if (status === null) return null;
    const words = FLAGS.filter(([bit]) => (status.statusFlags & bit) !== 0).map(([, text]) => text);
    return words.length === 0
      ? pass('no restriction')
      : fail('restricted', `The computer says that ${words.join(', and ')}.`);
  },
});

export const computerChecks: readonly HealthCheck[] = [
  numeric('COMPUTER', {
    id: 'autopilot-load',
    title: 'Load of the autopilot',
    messages: [SYS_STATUS],
    unit: '%',
    worse: 'ABOVE',
    caution: 70,
    fail: 90,
    digits: 0,
    limitSource: 'Above 90 % loops are missed (PX4 preflight check: COM_CPU_MAX default 95 %)',
    remedy: 'Switch off logging or scripts that this drone does not need.',
    measure({ window, nowMs }) {
      const status = window.latest(SYS_STATUS, nowMs);
      return status === null ? null : status.load / 10;
    },
  }),
  numeric('COMPUTER', {
    id: 'computer-load',
    title: 'Load of the onboard computer',
    messages: [ONBOARD_COMPUTER_STATUS],
    unit: '%',
    worse: 'ABOVE',
    caution: 90,
    fail: 98,
    digits: 0,
    limitSource: 'Fleet limit: without room to spare, frames are dropped',
    remedy: 'Restart the onboard computer. Look for a program that should not run.',
    measure: loadPercent,
  }),
  numeric('COMPUTER', {
    id: 'computer-temperature',
    title: 'Temperature of the onboard computer',
    messages: [ONBOARD_COMPUTER_STATUS],
    unit: '°C',
    worse: 'ABOVE',
    caution: 75,
    fail: 90,
    digits: 0,
    limitSource: 'NVIDIA Jetson Orin: throttles near 99 °C; indoors it must stay well below',
    remedy: 'Let it cool and clear its air inlets.',
    measure: temperatureC,
  }),
  throttling,
  numeric('COMPUTER', {
    id: 'computer-disk',
    title: 'Disk of the onboard computer',
    messages: [ONBOARD_COMPUTER_STATUS],
    unit: '% full',
    worse: 'ABOVE',
    caution: 80,
    fail: 95,
    digits: 0,
    limitSource: 'Fleet limit: one mission’s video fits into 5 %',
    remedy: 'Remove old recordings from the onboard computer.',
    needed: false,
    measure: diskPercent,
  }),
  numeric('COMPUTER', {
    id: 'log-storage',
    title: 'Card for the flight logs',
    messages: [STORAGE_INFORMATION],
    unit: 'MiB free',
    worse: 'BELOW',
    caution: 1_000,
    fail: 100,
    digits: 0,
    limitSource: 'Fleet limit: a flight of 30 min writes about 100 MiB',
    remedy: 'Download the logs and clear the card.',
    needed: false,
    measure: ({ window }) => window.saidOnce(STORAGE_INFORMATION)?.availableCapacity ?? null,
  }),
];
