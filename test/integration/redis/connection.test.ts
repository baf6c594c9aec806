import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../../main/station/ports/clock.ts';
import type { Log } from '../../../main/station/ports/log.ts';
import { seededRandom } from '../../../main/station/ports/random.ts';
import { type CallLimiter, createCallLimiter } from '../../../main/station/sync/call-limiter.ts';
import { RedisConnection } from '../../../main/station/sync/redis-connection.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { freeTcpPort, startRedis } from '../../support/redis-server.ts';

const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function connect(url: string, authority: string | null = null): RedisConnection {
  const connection = new RedisConnection({
    url,
    authority,
    clock: systemClock,
    random: seededRandom(7),
    log: quiet,
  });
  cleanups.push(() => connection.close());
  return connection;
}

async function redis(options: Parameters<typeof startRedis>[0] = {}) {
  const server = await startRedis(options);
  cleanups.push(server.stop);
  return server;
}

const up = (connection: RedisConnection) => eventually(() => connection.usable(), Boolean, 'Redis is up');
const why = (connection: RedisConnection, words: string) =>
  eventually(
    () => connection.health().sentence ?? '',
    (sentence) => sentence.includes(words),
    words,
  );

test('a certificate is verified: by the authority given, and for the host that was asked for', async () => {
  const certificates = makeCertificates('127.0.0.1');
  cleanups.push(certificates.remove);
  const server = await redis({ tls: certificates });
  const good = connect(server.url, certificates.authorityPem);
  await up(good);
  expect(await good.attempt((client) => client.ping())).toBe('PONG');
  await why(connect(server.url), 'certificate that does not match');
  await why(
    connect(`rediss://localhost:${server.port}`, certificates.authorityPem),
    'certificate that does not match',
  );
});

test('a wrong password and a server that is not there are said in words, without the password', async () => {
  const server = await redis({ password: 'right-horse' });
  const refused = connect(`redis://:wrong-horse@127.0.0.1:${server.port}`);
  expect(await why(refused, 'name or password')).not.toContain('horse');
  await up(connect(`redis://:right-horse@127.0.0.1:${server.port}`));
  const nobody = connect(`redis://:wrong-horse@127.0.0.1:${await freeTcpPort()}`);
  expect(await why(nobody, 'refuses connections')).not.toContain('horse');
});

test('a poke reaches the other stations, and those that were away miss it without harm', async () => {
  const server = await redis();
  const [north, south] = [connect(server.url), connect(server.url)];
  const heard: string[] = [];
  const stop = south.listen('skyrescue:poke', (message) => heard.push(message));
  await Promise.all([up(north), up(south)]);
  const heardAfter = (message: string) =>
    eventually(
      async () => {
        await north.attempt((client) => client.publish('skyrescue:poke', message));
        return heard.includes(message);
      },
      Boolean,
      message,
    );
  await heardAfter('one');
  await server.kill();
  await server.start();
  await heardAfter('two');
  stop();
});

async function countUntilRefused(limiter: CallLimiter, endpoint: string, ip: string): Promise<number> {
  for (let calls = 0; calls < 500; calls++) {
    try {
      await limiter.count(endpoint, ip);
    } catch (error) {
      expect(error).toMatchObject({ code: 'TOO_MANY_ATTEMPTS' });
      return calls;
    }
  }
  return 500;
}

test('sign-ins are counted for all stations together, call by call, for 60 s', async () => {
  const server = await redis();
  const [north, south] = [connect(server.url), connect(server.url)];
  await Promise.all([up(north), up(south)]);
  const [one, other] = [north, south].map((connection) => createCallLimiter(() => connection, systemClock));
  if (one === undefined || other === undefined) throw new Error('Two limiters.');
  const key = 'rate_limit:api:session.signIn:10.0.0.9';
  for (let calls = 0; calls < 40; calls++) await one.count('session.signIn', '10.0.0.9');
  await eventually(
    () => server.client.get(key),
    (count) => count === '40',
    'forty are counted',
  );
  expect(await server.client.ttl(key)).toBeGreaterThan(50);
  for (let calls = 0; calls < 20; calls++) await other.count('session.signIn', '10.0.0.9');
  await eventually(
    () => server.client.get(key),
    (count) => count === '60',
    'sixty are counted',
  );
  // The next one learns that all are used up; those after it are refused at both stations.
  await other.count('session.signIn', '10.0.0.9');
  await eventually(
    () =>
      other.count('session.signIn', '10.0.0.9').then(
        () => 'counted',
        () => 'refused',
      ),
    (answer) => answer === 'refused',
    'the other station refuses',
  );
  await expect(other.count('session.signIn', '10.0.0.10')).resolves.toBeUndefined();
});

test('without Redis, with one that hangs and with one that dies the station counts by itself and delays nobody', async () => {
  const server = await redis();
  const connection = connect(server.url);
  await up(connection);
  const limiter = createCallLimiter(() => connection, systemClock);
  server.hang();
  const startedMs = performance.now();
  expect(await countUntilRefused(limiter, 'session.signIn', '10.0.0.1')).toBe(60);
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  server.goOn();
  await server.kill();
  expect(await countUntilRefused(limiter, 'session.signIn', '10.0.0.2')).toBe(60);
  expect(
    await countUntilRefused(
      createCallLimiter(() => null, systemClock),
      'session.signIn',
      '10.0.0.1',
    ),
  ).toBe(60);
});
