import { openLinks } from '../../main/station/link/link-set.ts';
import { FrameWriter } from '../../main/station/mavlink/frame-writer.ts';
import { HEARTBEAT } from '../../main/station/mavlink/generated/messages.ts';
import { systemClock } from '../../main/station/ports/clock.ts';
import type { Figure } from '../bench/figure.ts';
import { IngestBench, type Ingested } from './ingest.ts';
import { freeUdpPort, UdpPeer } from './udp-peer.ts';

const WARM_UP_MS = 6_000;
/** The median of these counts, of losses the greatest: a machine does other things too. */
const SAMPLES = 5;
const SAMPLE_MS = 4_000;
const MOST_FAILOVER_MS = 1_000;
const FAILOVERS = 5;
/** Long enough that the pace of both links is known. */
const LEARN_MS = 2_000;
const PACKET_MS = 100;
/** As often as a vehicle looks at its paths. */
const LOOK_MS = 100;
const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** Packets that a machine could not even send measure the machine, not the station. */
const SENT_SHARE = 0.95;

/** What the links do under load and when one of them dies. The station runs in a process of its own. */
export async function linkFigures(): Promise<Figure[]> {
  return [
    ...(await ingestFigures(200, 12_000, { mostCpuPercent: 10, mostLatencyMs: null })),
    ...(await ingestFigures(250, 20_000, { mostCpuPercent: null, mostLatencyMs: 5 })),
    ...(await ingestFigures(1_000, 60_000, { mostCpuPercent: 30, mostLatencyMs: null })),
    await failoverFigure(),
  ];
}

async function ingestFigures(
  drones: number,
  packetsPerSecond: number,
  { mostCpuPercent, mostLatencyMs }: { mostCpuPercent: number | null; mostLatencyMs: number | null },
): Promise<Figure[]> {
  const bench = await IngestBench.start(drones);
  try {
    bench.speak(packetsPerSecond);
    await pause(WARM_UP_MS);
    await bench.ask();
    const samples: Ingested[] = [];
    const sentBefore = bench.sent;
    for (let sample = 0; sample < SAMPLES; sample++) {
      await pause(SAMPLE_MS);
      samples.push(await bench.ask());
    }
    const sentPerS = ((bench.sent - sentBefore) * 1_000) / (SAMPLES * SAMPLE_MS);
    const sentEnough = sentPerS >= packetsPerSecond * SENT_SHARE;
    const cpuShare = middle(samples.map((sample) => sample.cpuShare));
    const latencyP99Ms = middle(samples.map((sample) => sample.latencyP99Ms));
    const lossPercent = Math.max(
      ...samples.map((sample) => (sample.frames === 0 ? 100 : sample.lossPercent)),
    );
    const name = `${drones} drones, ${Math.round(sentPerS)} of ${packetsPerSecond} packets/s`;
    const figure = (what: string, value: number, unit: string, most: number | null): Figure => ({
      suite: 'mavlink',
      figure: `${what}, ${name}`,
      value: Number(value.toFixed(2)),
      unit,
      target: most === null ? null : `<= ${most}`,
      ok: most === null || (sentEnough && value <= most),
    });
    return [
      figure('processor time from socket to state', 100 * cpuShare, '% of a core', mostCpuPercent),
      figure('socket to state, 99th percentile', latencyP99Ms, 'ms', mostLatencyMs),
      figure('loss', lossPercent, '%', mostCpuPercent === null ? null : 0),
    ];
  } finally {
    await bench.stop();
  }
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** From the last packet of a link that dies until the station sends over the other: the longest of several. */
async function failoverFigure(): Promise<Figure> {
  const ports = [await freeUdpPort(), await freeUdpPort()];
  const links = openLinks({
    addresses: ports.map((port) => `udpin:127.0.0.1:${port}`),
    clock: systemClock,
    log: silent,
  });
  const peers = await Promise.all(ports.map((port) => UdpPeer.open(port)));
  const writer = new FrameWriter(7, 1);
  let dead = -1;
  let lastMs = 0;
  const stopSpeaking = systemClock.every(PACKET_MS, () => {
    const frame = writer.write(HEARTBEAT, {
      ...{ type: 2, autopilot: 3, baseMode: 0, customMode: 0, systemStatus: 3, mavlinkVersion: 3 },
    });
    for (const [index, peer] of peers.entries()) if (index !== dead) peer.send(frame);
    if (dead === -1) lastMs = performance.now();
  });
  let longestMs = 0;
  try {
    for (let round = 0; round < FAILOVERS; round++) {
      await pause(LEARN_MS);
      const before = links.pathInUse(7)?.linkId;
      dead = ports.findIndex((port) => before?.endsWith(`:${port}`));
      while (links.pathInUse(7)?.linkId === before) await pause(LOOK_MS);
      longestMs = Math.max(longestMs, performance.now() - lastMs);
      dead = -1;
    }
  } finally {
    stopSpeaking();
    await links.close();
    await Promise.all(peers.map((peer) => peer.close()));
  }
  return {
    suite: 'mavlink',
    figure: `failover to another link, longest of ${FAILOVERS}`,
    value: Math.round(longestMs),
    unit: 'ms',
    target: `<= ${MOST_FAILOVER_MS}`,
    ok: longestMs <= MOST_FAILOVER_MS,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
