import { expect, test } from 'vitest';
import { parseHostArguments } from '../../../main/station/options.ts';

test('links and registrations may be given more than once', () => {
  const { station, open, port } = parseHostArguments([
    ...['--headless', '--no-open', '--port', '18080', '--data-dir', 'records'],
    ...['--link', 'udpin:127.0.0.1:14550', '--link', 'udpout:10.0.0.2:14550'],
    ...[
      '--register',
      'Alpha-3=sysid:1,base:BOS-1',
      '--register',
      'Bravo 4=sysid:2,base:BOS-2,serial:X-9,at:42.35/-71.06',
    ],
  ]);
  expect({ open, port, links: station.links }).toEqual({
    open: false,
    port: 18080,
    links: ['udpin:127.0.0.1:14550', 'udpout:10.0.0.2:14550'],
  });
  expect(station.registrations).toEqual([
    {
      droneId: 'Alpha-3',
      systemId: 1,
      baseStationId: 'BOS-1',
      serialNumber: 'unknown-Alpha-3',
      basePosition: null,
    },
    {
      droneId: 'Bravo 4',
      systemId: 2,
      baseStationId: 'BOS-2',
      serialNumber: 'X-9',
      basePosition: { latitudeDeg: 42.35, longitudeDeg: -71.06 },
    },
  ]);
});

test('a central server needs what it calls this station; the token is never an option', () => {
  const { station } = parseHostArguments([
    '--central',
    'postgres://c.example/skyrescue',
    '--station-id',
    'north',
  ]);
  expect(station.central).toEqual({
    ...{ serverUrl: 'postgres://c.example/skyrescue', stationId: 'north' },
    ...{ authorityFile: null, redisUrl: null },
  });
  expect(() => parseHostArguments(['--central', 'postgres://c.example/skyrescue'])).toThrow('--station-id');
  expect(() => parseHostArguments(['--redis', 'redis://c.example'])).toThrow('need --central');
});

test.each([
  [['--port', '70000'], /--port must be a number from 0 to 65535/],
  [['--port', '1.5'], /--port must be a whole number/],
  [['--time-scale', '0'], /--time-scale must be a number from 0.1 to 100/],
  [['--register', 'Alpha-3=base:BOS-1'], /sysid must be 1 to 254/],
  [['--register', 'Alpha-3=sysid:1'], /the base is missing/],
  [['--register', '=sysid:1,base:BOS-1'], /the drone id is missing/],
  [['--register', 'A=sysid:1,base:B,color:red'], /"color" is not known here/],
  [['--register', 'A=sysid:1,base:B,at:142/7'], /at must be latitude\/longitude/],
  [['--launch-all'], /Unknown option '--launch-all'/],
])('%j is refused with a sentence', (args, sentence) => {
  expect(() => parseHostArguments(args)).toThrow(sentence);
});

test('a health check from the command line names its drone, and --json needs it', () => {
  expect(parseHostArguments(['--health-check', 'Alpha-3', '--json']).healthCheck).toEqual({
    droneId: 'Alpha-3',
    json: true,
  });
  expect(parseHostArguments([]).healthCheck).toBeNull();
  expect(() => parseHostArguments(['--json'])).toThrow(/--json needs --health-check/);
});
