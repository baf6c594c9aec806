import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readCommandLine, readControlLine, type SimulatorOptions, USAGE } from './command-line.ts';
import { loadDialect } from './dialect.ts';
import { SimulatedFleet } from './fleet.ts';
import { fleetOf, MAXIMUM_DRONES, standingAt } from './fleet-table.ts';
import { forkRandom, seededRandom } from './random.ts';
import { namedScenario, parseScenario, type Scenario } from './scenario.ts';
import { UdpTransport } from './udp-transport.ts';

const TICK_MS = 20;
/** After a pause of the machine, simulated time goes on instead of catching up more than this. */
const LONGEST_TICK_MS = 500;

/** Looks for the dialect upwards of this file: from the sources and from the bundle it is at different depths. */
function defaultDialectPath(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const path = join(folder, 'resources', 'mavlink', 'skyrescue.xml');
    if (existsSync(path)) return path;
    if (folder === dirname(folder))
      throw new Error('resources/mavlink/skyrescue.xml was not found; give --dialect.');
    folder = dirname(folder);
  }
}

/** As the station's scaled clock reads. */
function startUtcMs({ timeAnchorMs, speed }: SimulatorOptions): number {
  const nowMs = Date.now();
  return timeAnchorMs === null ? nowMs : timeAnchorMs + (nowMs - timeAnchorMs) * speed;
}

function readScenario(nameOrFile: string): Scenario {
  return existsSync(nameOrFile) ? parseScenario(readFileSync(nameOrFile, 'utf8')) : namedScenario(nameOrFile);
}

function print(event: string, fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

async function run(options: SimulatorOptions): Promise<void> {
  const random = seededRandom(options.seed);
  const transport = new UdpTransport();
  const sites = fleetOf(options.drones, forkRandom(random));
  const drones = options.at === null ? sites : standingAt(options.at, sites);
  const fleet = new SimulatedFleet({
    drones,
    random,
    dialect: loadDialect(readFileSync(options.dialectPath ?? defaultDialectPath(), 'utf8')),
    transmit: (bytes, systemId) => transport.transmit(bytes, systemId),
    startUtcMs: startUtcMs(options),
    bootS: options.bootS,
    batteryPercent: options.batteryPercent,
    eagerRates: options.eagerRates,
    signing: options.signing,
    firmware: options.firmware,
    parameterCount: options.parameters,
    peripherals: options.peripherals,
    ...(options.scenario === null ? {} : { scenario: readScenario(options.scenario) }),
  });
  for (const fault of options.faults) fleet.setFault(fault);
  try {
    await transport.open(
      drones.map((drone) => drone.systemId),
      options.target,
      (bytes, systemId) => fleet.receive(bytes, systemId),
    );
  } catch (error) {
    transport.close();
    throw error;
  }

  let lastMs = performance.now();
  const ticker = setInterval(() => {
    const nowMs = performance.now();
    fleet.step(Math.min(LONGEST_TICK_MS, nowMs - lastMs) * options.speed);
    lastMs = nowMs;
    transport.flush();
  }, TICK_MS);
  const lines = createInterface({ input: process.stdin });
  const end = (): void => {
    clearInterval(ticker);
    transport.close();
    lines.close();
    process.stdin.destroy();
  };
  lines.on('line', (line) => obey(fleet, line));
  // Without this option a closed input means only that nobody will type.
  if (options.exitWithParent) lines.on('close', end);
  process.once('SIGTERM', end);
  process.once('SIGINT', end);

  const notMade = options.drones - drones.length;
  print('ready', {
    drones: drones.map(({ droneId, systemId, baseStationId }) => ({ droneId, systemId, baseStationId })),
    target: `${options.target.host}:${options.target.port}`,
    seed: options.seed,
    speed: options.speed,
    ...(notMade > 0
      ? { notice: `Only ${MAXIMUM_DRONES} drones have a system id of their own: ${notMade} were not made.` }
      : {}),
  });
}

function obey(fleet: SimulatedFleet, line: string): void {
  if (line.trim() === '') return;
  try {
    const order = readControlLine(line);
    if (order.kind === 'FAULT') fleet.setFault(order.request);
    else fleet.setBattery(order.droneId, order.percent);
    print('done', { line: line.trim() });
  } catch (error) {
    print('refused', { line: line.trim(), reason: wordsOf(error) });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  await run(readCommandLine(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${wordsOf(error)}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
