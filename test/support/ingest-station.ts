import { openLinks } from '../../main/station/link/link-set.ts';
import { createTlogRecorder } from '../../main/station/link/tlog-recorder.ts';
import { SYSTEM_TIME } from '../../main/station/mavlink/generated/messages.ts';
import { systemClock } from '../../main/station/ports/clock.ts';
import { createVehicles } from '../../main/station/vehicle/vehicle-registry.ts';

/**
 * The station from socket to state in a process of its own, so that its processor time is its own: one group of links
 * and vehicles for each address given. With a folder as first argument (else `-`) the traffic is recorded there. Asked
 * with a line on standard input, it answers with a line of JSON: what came, and what it cost since it was asked last.
 */
const [folder = '-', ...addresses] = process.argv.slice(2);
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const alerts = { raise: () => {}, clear: () => {} };
let frames = 0;
const latenciesMs: number[] = [];

const groups = addresses.map((address) => {
  const links = openLinks({ addresses: [address], clock: systemClock, log: silent });
  if (folder !== '-')
    links.tap(createTlogRecorder({ folder, budgetBytes: 4e9, clock: systemClock, alerts, log: silent }));
  const vehicles = createVehicles({ links, clock: systemClock, log: silent });
  // The vehicles were told first: what comes here is in their state.
  links.onFrame((frame) => {
    frames++;
    if (frame.messageId !== SYSTEM_TIME.id) return;
    const sentUs = Number(SYSTEM_TIME.read(frame).timeUnixUsec);
    latenciesMs.push(Number(process.hrtime.bigint() / 1_000n) / 1_000 - sentUs / 1_000);
  });
  return { links, vehicles };
});

let cpuBefore = process.cpuUsage();
let beforeMs = performance.now();

process.stdin.on('data', () => {
  const cpu = process.cpuUsage(cpuBefore);
  const nowMs = performance.now();
  const sorted = latenciesMs.splice(0).sort((a, b) => a - b);
  process.stdout.write(
    `${JSON.stringify({
      frames,
      vehicles: groups.reduce((sum, { vehicles }) => sum + vehicles.all().length, 0),
      lossPercent: Math.max(...groups.flatMap(({ links }) => links.status().map((link) => link.lossPercent))),
      badFrames: groups.flatMap(({ links }) => links.status()).reduce((sum, link) => sum + link.badCrc, 0),
      cpuShare: (cpu.user + cpu.system) / 1_000 / (nowMs - beforeMs),
      latencyP99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
      heapBytes: process.memoryUsage().heapUsed,
      rssBytes: process.memoryUsage.rss(),
    })}\n`,
  );
  cpuBefore = process.cpuUsage();
  beforeMs = nowMs;
  frames = 0;
});
process.stdin.on('end', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
