import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pgTransport } from '../../../main/station/sync/pg-transport.ts';
import { connectAsAdministrator, LOGIN_ROLE, migrateCentral } from '../../../scripts/central-database.ts';
import { addStation } from '../../../scripts/central-stations.ts';
import { verifyCentral } from '../../../scripts/central-verify.ts';
import { type CentralServer, type CentralStation, DATABASE, newDrone } from '../../support/central-server.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { startPgbouncer } from '../../support/pgbouncer-server.ts';

type Central = () => CentralServer;

/** Servers that stop, change and lie. The last ones: they end and restart the server of all. */
export function faultCases(central: Central): void {
  const helloOf = (station: CentralStation) => ({
    stationId: station.stationId,
    incarnation: 1,
    runId: station.runId,
    schema: 12,
    lastAckedSeq: 0,
  });
  const drones = async (ids: readonly (string | undefined)[]): Promise<number> =>
    (await central().rows('SELECT FROM drones WHERE drone_id = ANY ($1)', [ids])).length;

  test('a certificate is verified, by the authority and for the address, before anything is said', async () => {
    const station = await central().station(['CA']);
    const [good, foreign] = [makeCertificates('127.0.0.1'), makeCertificates('central.example.org')];
    const tlsOf = ({ certificate, key }: typeof good) => ({ certificate, key });
    const options = {
      socketDirectory: central().postgres.socketDirectory,
      passwords: { [LOGIN_ROLE]: 'stations' },
    };
    const servers = [
      await startPgbouncer({ ...options, tls: tlsOf(good) }),
      await startPgbouncer({ ...options, tls: tlsOf(foreign) }),
    ];
    const url = (index: number) => servers[index]?.url(LOGIN_ROLE, DATABASE) ?? '';
    const kindOf = async (address: string, authorityPem: string | null): Promise<string> => {
      const transport = pgTransport({ url: address, authorityPem, token: station.token });
      const kind = await transport.hello(helloOf(station)).then(
        () => 'WELCOME',
        (error: unknown) => (error instanceof Error && 'kind' in error ? String(error.kind) : String(error)),
      );
      await transport.close();
      return kind;
    };
    try {
      expect(await kindOf(url(0), good.authorityPem)).toBe('WELCOME');
      expect(await kindOf(url(0), null)).toBe('CERTIFICATE');
      expect(await kindOf(url(0), foreign.authorityPem)).toBe('CERTIFICATE');
      expect(await kindOf(url(1), foreign.authorityPem)).toBe('CERTIFICATE');
      // A server that offers no encryption.
      expect(await kindOf(central().stationUrl.replace('?sslmode=disable', ''), good.authorityPem)).toBe(
        'CERTIFICATE',
      );
    } finally {
      for (const server of servers) await server.stop();
      good.remove();
      foreign.remove();
    }
  });

  test('a server that is not ours, one that is not set up, one that is no database and one that never answers', async () => {
    const station = await central().station(['CA']);
    await central().postgres.createDatabase('empty');
    const hello = (url: string) => {
      const transport = pgTransport({ url, authorityPem: null, token: station.token });
      return transport.hello(helloOf(station)).finally(() => transport.close());
    };
    const elsewhere = (name: string) => central().stationUrl.replace(`/${DATABASE}?`, `/${name}?`);
    await expect(hello(elsewhere('empty'))).rejects.toMatchObject({
      kind: 'WRONG_SERVER',
    });
    await expect(hello(elsewhere('nowhere'))).rejects.toMatchObject({
      kind: 'WRONG_SERVER',
    });
    expect(() => pgTransport({ url: 'https://x', authorityPem: null, token: '' })).toThrow(
      'not a postgresql:// address',
    );

    const silent = createServer((socket) => void socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const transport = pgTransport({
      url: `postgresql://a:b@127.0.0.1:${port}/c?sslmode=disable`,
      authorityPem: null,
      token: 't',
    });
    const call = transport.hello(helloOf(station));
    await transport.close();
    await expect(call).rejects.toMatchObject({ kind: 'UNREACHABLE' });
    await new Promise((resolve) => silent.close(resolve));
  });

  test('an answer that does not have the agreed form is not used', async () => {
    const station = await central().station(['CA']);
    await central().rows(`UPDATE sync.server SET schema_max = -5`);
    await central().rows(`UPDATE sync.server SET schema_min = -10`);
    const forged = pgTransport({ url: central().stationUrl, authorityPem: null, token: station.token });
    await expect(forged.hello({ ...helloOf(station), schema: -7 })).rejects.toMatchObject({
      kind: 'MALFORMED',
      message: expect.stringContaining('schema'),
    });
    await forged.close();
    await central().rows(`UPDATE sync.server SET schema_min = 11, schema_max = 99`);
  });

  test('case 18 on the server: of two programs with one identity the older is told so and pushes nothing more', async () => {
    const station = await central().station(['CA']);
    const copy = pgTransport({ url: central().stationUrl, authorityPem: null, token: station.token });
    await copy.hello({ ...helloOf(station), runId: 'copy' });
    await expect(station.push([newDrone(station)])).rejects.toMatchObject({ kind: 'CLONED' });
    await expect(station.greet()).rejects.toMatchObject({ kind: 'CLONED' });
    await copy.close();
  });

  test('case 28: PgBouncer restarts in the middle: the call fails as unreachable, the repetition is applied exactly once', async () => {
    const station = await central().station(['CA']);
    const groups = station.numbered([[newDrone(station)], [newDrone(station)]]);
    const push = () =>
      station.transport.push({ incarnation: 1, runId: station.runId, groups }, station.epoch);
    const blocker = await central().administrator();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE drones IN SHARE MODE');
    const pushed = push().catch((error: unknown) => error);
    await waitFor(async () => (await central().rows(`SELECT FROM pg_locks WHERE NOT granted`)).length > 0);
    await central().pgbouncer.kill();
    expect(await pushed).toMatchObject({ kind: 'UNREACHABLE' });
    await expect(push()).rejects.toMatchObject({ kind: 'UNREACHABLE' });
    await blocker.end();
    await central().pgbouncer.start();
    const answer = await push();
    expect([answer.lastSeq, answer.refused]).toEqual([2, []]);
    expect(await drones(groups.map(({ changes }) => changes[0]?.rowId))).toBe(2);
  });

  test('case 40: an upgrade of the central schema that is cut off leaves the step before, and the next one completes it, with the rows of the version before', async () => {
    const name = 'upgraded';
    await central().postgres.createDatabase(name);
    const address = central().administratorUrl.replace(`/${DATABASE}?`, `/${name}?`);
    const first = await connectAsAdministrator(address, null);
    // As a crash in the middle: its connections end while it works.
    let cut: Promise<unknown> | null = null;
    await expect(
      migrateCentral(first, (step) => {
        if (step.includes('V11.3'))
          cut = central().rows(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
          );
      }),
    ).rejects.toThrow();
    await cut;
    await first.end().catch(() => undefined);
    const applied = await central().postgres.sql(
      name,
      'SELECT max(installed_rank) FROM flyway_schema_history WHERE success',
    );
    const station = await central().station(['CA']);
    const early = pgTransport({
      url: central().stationUrl.replace(`/${DATABASE}?`, `/${name}?`),
      authorityPem: null,
      token: station.token,
    });
    await expect(early.hello(helloOf(station))).rejects.toMatchObject({
      kind: 'WRONG_SERVER',
    });
    await early.close();
    const second = await connectAsAdministrator(address, null);
    await expect(
      migrateCentral(second, (step) => {
        if (step.includes('V15 ')) throw new Error('This far and no further.');
      }),
    ).rejects.toThrow('This far');
    expect(Number(applied)).toBeGreaterThan(5);

    // The version before: a station works with it.
    const { stationId } = station;
    const token = await addStation(second, { stationId, name: 'Base', states: ['CA'], validDays: 1 });
    const transport = pgTransport({
      url: central().stationUrl.replace(`/${DATABASE}?`, `/${name}?`),
      authorityPem: null,
      token,
    });
    const { epoch } = await transport.hello(helloOf(station));
    const [before, after] = [newDrone(station), newDrone(station)];
    const groups = station.numbered([[before], [after]]);
    const push = (chosen: typeof groups) =>
      transport.push({ incarnation: 1, runId: station.runId, groups: chosen }, epoch);
    expect(await push(groups.slice(0, 1))).toMatchObject({ lastSeq: 1, refused: [] });

    const steps: string[] = [];
    expect(await migrateCentral(second, (step) => steps.push(step))).toBe(steps.length);
    expect(steps.length).toBeGreaterThan(0);
    expect(await migrateCentral(second, () => undefined)).toBe(0);
    expect(await verifyCentral(second, () => undefined)).toEqual([]);
    // Its answer was lost: what was settled before the upgrade is not taken twice, what follows is taken.
    expect(await push(groups)).toMatchObject({ lastSeq: 2, refused: [] });
    const { rows } = await transport.pull({ cursor: null, maxRows: 100, maxBytes: 1_000_000 });
    expect(rows.map(({ rowId }) => rowId)).toEqual(expect.arrayContaining([before.rowId, after.rowId]));
    await transport.close();
    await second.end();
  });

  test('case 38: a failover to a read-only server is waited for; when it takes changes again it is a new epoch and nothing is lost', async () => {
    const station = await central().station(['CA']);
    await station.push([newDrone(station)]);
    const cursor = (await station.transport.pull({ cursor: null, maxRows: 1_000, maxBytes: 1_000_000 }))
      .cursor;
    const before = station.epoch;
    const { postgres } = central();
    await postgres.kill();
    await expect(station.greet()).rejects.toMatchObject({ kind: expect.stringMatching(/UNREACHABLE|RETRY/) });
    // A replica that has not been promoted: it answers, and changes nothing.
    writeFileSync(join(postgres.dataDirectory, 'standby.signal'), '');
    await postgres.start();
    const kindOf = (call: Promise<unknown>) =>
      call.then(
        () => 'DONE',
        (error: { kind: string }) => error.kind,
      );
    await waitFor(async () => (await kindOf(station.greet())) === 'READ_ONLY');
    const drone = newDrone(station);
    const groups = station.numbered([[drone]]);
    const push = () => station.transport.push({ incarnation: 1, runId: station.runId, groups }, before);
    expect(await kindOf(push())).toBe('READ_ONLY');

    await postgres.sql(DATABASE, 'SELECT pg_promote()');
    await postgres.sql(DATABASE, 'CHECKPOINT');
    const welcome = await station.greet();
    expect([welcome.epoch === before, welcome.lastSeq]).toEqual([false, 1]);
    expect(await kindOf(push())).toBe('STALE');
    expect(await kindOf(station.transport.pull({ cursor, maxRows: 10, maxBytes: 1_000 }))).toBe('STALE');
    expect((await station.push([drone])).lastSeq).toBe(2);
    const page = await station.transport.pull({ cursor: null, maxRows: 1_000, maxBytes: 50_000_000 });
    expect(page.rows.length).toBeGreaterThan(10);
    expect(await drones([drone.rowId])).toBe(1);
  });
}

async function waitFor(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error('It did not come to pass.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
