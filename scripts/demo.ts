import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freeUdpPort, type RunningProgram, startProgram } from './child-programs.ts';
import { complaintsAbout, flyRescue } from './rescue.ts';
import { connectToStation } from './station-client.ts';
import { twoStationDemo } from './two-stations-demo.ts';

/** The demo: a simulated fleet, a station with demo data, and the page; or with --once one scripted rescue. */
const { values } = parseArgs({
  options: {
    once: { type: 'boolean' },
    json: { type: 'boolean' },
    seed: { type: 'string', default: '1' },
    speed: { type: 'string' },
    drones: { type: 'string', default: '6' },
    port: { type: 'string', default: '0' },
    'data-dir': { type: 'string' },
    sample: { type: 'boolean' },
    'no-open': { type: 'boolean' },
    stations: { type: 'string', default: '1' },
    central: { type: 'boolean' },
  },
});
const once = values.once === true;
const speed = Number(values.speed ?? (once ? '4' : '1'));
if (!(speed >= 0.1 && speed <= 20)) {
  console.error('--speed must be between 0.1 and 20.');
  process.exit(2);
}

const together = values.stations === '2';
if (together !== (values.central === true) || (values.stations !== '1' && !together)) {
  console.error('Two stations need a centre: --stations 2 --central.');
  process.exit(2);
}

process.exitCode = await (together
  ? twoStationDemo({ once, seed: values.seed, speed, open: !once && values['no-open'] !== true })
  : once
    ? flyOnce()
    : showDemo());

async function startDemo(
  dataDirectory: string,
): Promise<{ station: RunningProgram; simulator: RunningProgram; url: string }> {
  const udpPort = await freeUdpPort();
  const stationArgs = ['--demo', '--data-dir', dataDirectory, '--port', String(values.port)];
  stationArgs.push('--link', `udpin:127.0.0.1:${udpPort}`, '--time-scale', String(speed));
  if (once || values['no-open'] === true) stationArgs.push('--no-open');
  const station = await startProgram('headless', stationArgs);
  const simulator = await startProgram('simulator', [
    ...['--target', `127.0.0.1:${udpPort}`, '--seed', values.seed, '--speed', String(speed)],
    ...['--drones', values.drones, '--exit-with-parent'],
  ]);
  return { station, simulator, url: String(station.ready.url) };
}

async function flyOnce(): Promise<number> {
  const dataDirectory = values['data-dir'] ?? (await mkdtemp(join(tmpdir(), 'skyrescue-demo-')));
  const { station, simulator, url } = await startDemo(dataDirectory);
  const { client, close } = await connectToStation(url);
  try {
    const { demoAccount } = await client.session.greeting();
    if (demoAccount === null) throw new Error('The station has no demo account.');
    await client.session.signIn(demoAccount);
    const figures = await flyRescue(client, speed);
    const complaints = complaintsAbout(figures);
    console.log(JSON.stringify(figures));
    for (const complaint of complaints) console.error(complaint);
    return complaints.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`The rescue failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    close();
    await simulator.stop();
    await station.stop();
    if (values['data-dir'] === undefined) await rm(dataDirectory, { recursive: true, force: true });
  }
}

async function showDemo(): Promise<number> {
  const dataDirectory = values['data-dir'] ?? (values.sample === true ? 'demo-sample-data' : 'demo-data');
  if (values.sample === true && !existsSync(join(dataDirectory, 'database'))) makeSample(dataDirectory);
  const { station, simulator, url } = await startDemo(dataDirectory);
  console.log(`
SkyRescue Ground Control is running with a simulated fleet.
  Page:     ${url}
  Sign in:  the sign-in page fills in the demo account for you
  Try:      Dispatch > click the map or type 42.3638, -71.0559 > hold "Launch"
  Records:  ${dataDirectory}
  Faults:   type for example   fault Alpha-3 jammed-aed on
  Stop:     Ctrl+C`);
  if (simulator.child.stdin !== null) process.stdin.pipe(simulator.child.stdin);
  await Promise.race([
    new Promise<void>((resolve) => process.once('SIGINT', () => resolve())),
    new Promise<void>((resolve) => process.once('SIGTERM', () => resolve())),
    new Promise<void>((resolve) => station.child.once('exit', () => resolve())),
  ]);
  process.stdin.unpipe();
  process.stdin.destroy();
  await simulator.stop();
  await station.stop();
  return station.child.exitCode ?? 0;
}

/** Months of made-up missions up to now, so that Review has something to show. */
function makeSample(dataDirectory: string): void {
  const seed = join(import.meta.dirname, 'seed.ts');
  execFileSync(process.execPath, [seed, '--size', 'small', '--now', 'now', '--data-dir', dataDirectory], {
    stdio: 'inherit',
  });
}
