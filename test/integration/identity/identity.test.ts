import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from 'otpauth';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../db/open-database.ts';
import { MIGRATIONS_DIRECTORY, preparedDirectory } from '../db/temporary-database.ts';
import { ADMIN, type IdentityBench, OWN_PASSWORD, openBench, TEMPORARY_PASSWORD } from './identity-bench.ts';

let bench: IdentityBench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const actions = async (dispatcherId: string | null = null): Promise<string[]> => {
  const filter = { dispatcherId, action: null, fromMs: null, untilMs: null, before: null, limit: 200 };
  const { entries } = await bench.identity.administration.audit(filter);
  return entries.map((entry) => `${entry.action} ${entry.subject ?? ''}`.trim());
};

describe('the first administrator', () => {
  test('is made once; nobody else is let in by the same door', async () => {
    await expect(
      bench.identity.signIn.createFirstAdministrator('second', 'Second', 'another long password'),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect((await bench.signIn(ADMIN.dispatcherId, ADMIN.password)).person).toMatchObject({
      displayName: 'The Chief',
      role: 'ADMIN',
    });
  });

  test('the last active one can be neither demoted nor deactivated, and two of them can', async () => {
    const [chief] = await bench.identity.administration.list();
    if (chief === undefined) throw new Error('There is no account.');
    const { administration } = bench.identity;
    const last = { code: 'CONFLICT', message: expect.stringContaining('last active administrator') };
    await expect(administration.update({ ...chief, role: 'SUPERVISOR' }, 'chief')).rejects.toMatchObject(
      last,
    );
    await expect(administration.update({ ...chief, active: false }, 'chief')).rejects.toMatchObject(last);
    expect((await administration.list())[0]).toMatchObject({ role: 'ADMIN', active: true });
    expect((await actions()).filter((action) => action.startsWith('PERSON'))).toEqual([]);

    await bench.addPerson({ dispatcherId: 'deputy', role: 'ADMIN' });
    await administration.update({ ...chief, role: 'SUPERVISOR' }, 'deputy');
    await administration.update({ ...chief, role: 'ADMIN' }, 'deputy');
    const deputy = (await administration.list()).find((account) => account.dispatcherId === 'deputy');
    if (deputy === undefined) throw new Error('The deputy is missing.');
    await administration.update({ ...deputy, active: false }, 'chief');
  });
});

describe('accounts', () => {
  test('a new person chooses an own password first, and the refusal does not count as a failure', async () => {
    const { administration, signIn } = bench.identity;
    await administration.create(
      {
        dispatcherId: 'ana.ruiz',
        firstName: 'Ana',
        lastName: 'Ruiz',
        email: null,
        role: 'DISPATCHER',
        permissions: ['maintain_drones'],
        coverageStates: ['MA', 'NH'],
        password: TEMPORARY_PASSWORD,
      },
      'chief',
    );
    for (let attempt = 0; attempt < 8; attempt++)
      await expect(bench.signIn('ana.ruiz', TEMPORARY_PASSWORD)).rejects.toMatchObject({
        code: 'PASSWORD_CHANGE_NEEDED',
      });
    const attempt = { dispatcherId: 'ana.ruiz', password: TEMPORARY_PASSWORD, secondFactor: undefined };
    await expect(signIn.signIn({ ...attempt, newPassword: TEMPORARY_PASSWORD })).rejects.toThrow(
      'must differ',
    );
    await expect(signIn.signIn({ ...attempt, newPassword: 'ana.ruiz-ana.ruiz' })).rejects.toThrow(
      'user name',
    );
    const { person } = await signIn.signIn({ ...attempt, newPassword: OWN_PASSWORD });
    expect(person.permissions).toEqual(['maintain_drones']);
    await expect(bench.signIn('ana.ruiz', TEMPORARY_PASSWORD)).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
    expect((await bench.signIn('ana.ruiz', OWN_PASSWORD)).person.displayName).toBe('Ana Ruiz');
  });

  test('a name that is taken and an address that is taken are refused in words', async () => {
    const taken = bench.addPerson({ dispatcherId: 'ana.ruiz' });
    await expect(taken).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('taken'),
    });
    await bench.addPerson({ dispatcherId: 'ben', email: 'ben@example.org' });
    await expect(bench.addPerson({ dispatcherId: 'benny', email: 'ben@example.org' })).rejects.toThrow(
      'e-mail',
    );
  });

  test('deactivation and a reset password end every session at once', async () => {
    await bench.addPerson({ dispatcherId: 'cleo' });
    const first = await bench.signIn('cleo', OWN_PASSWORD);
    await bench.identity.administration.resetPassword('cleo', TEMPORARY_PASSWORD, 'chief');
    await expect(bench.identity.signIn.resume(first.token)).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
    const again = await bench.identity.signIn.signIn({
      dispatcherId: 'cleo',
      password: TEMPORARY_PASSWORD,
      secondFactor: undefined,
      newPassword: OWN_PASSWORD,
    });
    const cleo = (await bench.identity.administration.list()).find(
      ({ dispatcherId }) => dispatcherId === 'cleo',
    );
    if (cleo === undefined) throw new Error('Cleo is missing.');
    expect(cleo.openSessions).toBe(1);
    let told = 0;
    const stop = bench.identity.sessionsChanged(() => told++);
    await bench.identity.administration.update({ ...cleo, active: false }, 'chief');
    stop();
    expect(told).toBe(1);
    await expect(bench.identity.signIn.resume(again.token)).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
    await expect(bench.signIn('cleo', OWN_PASSWORD)).rejects.toMatchObject({ code: 'SIGN_IN_REFUSED' });
    expect((await actions('chief')).slice(0, 3)).toEqual([
      'PERSON_DEACTIVATED cleo',
      'PASSWORD_RESET cleo',
      'PERSON_CREATED cleo',
    ]);
  });

  test('an account that nobody made cannot be changed', async () => {
    const [account] = await bench.identity.administration.list();
    if (account === undefined) throw new Error('There is no account.');
    const { administration } = bench.identity;
    const nobody = { ...account, dispatcherId: 'nobody' };
    await expect(administration.update(nobody, 'chief')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(administration.resetPassword('nobody', TEMPORARY_PASSWORD, 'chief')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('lock-out', () => {
  test('five failures make the name wait, also after a restart; the right password waits as well', async () => {
    await bench.addPerson({ dispatcherId: 'dora' });
    for (let attempt = 0; attempt < 5; attempt++)
      await expect(bench.signIn('dora', 'a wrong password')).rejects.toMatchObject({
        code: 'SIGN_IN_REFUSED',
      });
    const locked = { code: 'TOO_MANY_ATTEMPTS', message: 'Too many attempts. Try again in 10 s.' };
    await expect(bench.signIn('dora', OWN_PASSWORD)).rejects.toMatchObject(locked);
    await bench.reopen();
    await expect(bench.signIn('dora', OWN_PASSWORD)).rejects.toMatchObject(locked);
    bench.clock.advance(10_000);
    await expect(bench.signIn('dora', 'still wrong')).rejects.toMatchObject({ code: 'SIGN_IN_REFUSED' });
    await expect(bench.signIn('dora', OWN_PASSWORD)).rejects.toThrow('Try again in 20 s.');
    bench.clock.advance(20_000);
    await bench.signIn('dora', OWN_PASSWORD);
    await expect(bench.signIn('dora', 'wrong again')).rejects.toMatchObject({ code: 'SIGN_IN_REFUSED' });
    await bench.signIn('dora', OWN_PASSWORD);
  });

  test('attempts made at the same moment all count', async () => {
    await bench.addPerson({ dispatcherId: 'eve' });
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => bench.signIn('eve', 'a wrong password')),
    );
    const codes = answers.map((answer) => (answer.status === 'rejected' ? answer.reason.code : 'in'));
    expect(codes.filter((code) => code === 'SIGN_IN_REFUSED')).toHaveLength(5);
    expect(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(15);
    await bench.identity.administration.resetPassword('eve', TEMPORARY_PASSWORD, 'chief');
    await expect(bench.signIn('eve', TEMPORARY_PASSWORD)).rejects.toMatchObject({
      code: 'PASSWORD_CHANGE_NEEDED',
    });
  });

  test('a clock that is set back does not lock anybody out for longer', async () => {
    for (let attempt = 0; attempt < 5; attempt++)
      await expect(bench.signIn('ghost', 'a wrong password')).rejects.toMatchObject({
        code: 'SIGN_IN_REFUSED',
      });
    const input = { nameKey: 'k', rule: { ...RULE } };
    const farMs = bench.clock.nowMs() + 10 * 365 * 86_400_000;
    for (let attempt = 0; attempt < 5; attempt++)
      await bench.store.write.beginSignInAttempt({ ...input, nowMs: farMs });
    const { waitMs } = await bench.store.write.beginSignInAttempt({ ...input, nowMs: bench.clock.nowMs() });
    expect(waitMs).toBe(RULE.longestWaitMs);
  });
});
const RULE = {
  freeAttempts: 5,
  firstWaitMs: 10_000,
  longestWaitMs: 900_000,
  forgottenAfterMs: 86_400_000,
  rememberedNames: 10_000,
};

describe('second factor', () => {
  test('is asked for after the password alone, counts a code once, and guessing it is limited', async () => {
    await bench.addPerson({ dispatcherId: 'finn' });
    const factor = await bench.enrol('finn');
    bench.clock.advance(60_000);
    await expect(bench.signIn('finn', 'a wrong password', factor.code())).rejects.toThrow(
      'name or the password',
    );
    await expect(bench.signIn('finn', OWN_PASSWORD)).rejects.toMatchObject({ code: 'SECOND_FACTOR_NEEDED' });
    const code = factor.code();
    await bench.signIn('finn', OWN_PASSWORD, code);
    await expect(bench.signIn('finn', OWN_PASSWORD, code)).rejects.toThrow('wrong or was used already');
    bench.clock.advance(30_000);
    await bench.signIn('finn', OWN_PASSWORD, factor.code());
    for (let attempt = 0; attempt < 5; attempt++) {
      await expect(bench.signIn('finn', OWN_PASSWORD)).rejects.toMatchObject({
        code: 'SECOND_FACTOR_NEEDED',
      });
      await expect(bench.signIn('finn', OWN_PASSWORD, '000000')).rejects.toMatchObject({
        code: 'SIGN_IN_REFUSED',
      });
    }
    await expect(bench.signIn('finn', OWN_PASSWORD, factor.code())).rejects.toMatchObject({
      code: 'TOO_MANY_ATTEMPTS',
    });
    bench.clock.advance(3_600_000);
  });

  test('a recovery code signs in once; new codes make the old ones void', async () => {
    await bench.addPerson({ dispatcherId: 'gina' });
    const { recoveryCodes, code } = await bench.enrol('gina');
    const [first = '', second = ''] = recoveryCodes;
    const { token } = await bench.signIn('gina', OWN_PASSWORD, first.toLowerCase());
    await expect(bench.signIn('gina', OWN_PASSWORD, first)).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
    const asking = { dispatcherId: 'gina', token };
    expect((await bench.identity.ownAccount.show(asking)).recoveryCodesLeft).toBe(9);
    const renewed = await bench.identity.ownAccount.renewRecoveryCodes(asking, OWN_PASSWORD);
    await expect(bench.signIn('gina', OWN_PASSWORD, second)).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
    await bench.signIn('gina', OWN_PASSWORD, renewed[0]);
    bench.clock.advance(60_000);
    await bench.signIn('gina', OWN_PASSWORD, code());
  });

  test('is not switched on by a wrong code, nor off without the password; an administrator resets it', async () => {
    await bench.addPerson({ dispatcherId: 'hugo' });
    const { token } = await bench.signIn('hugo', OWN_PASSWORD);
    const asking = { dispatcherId: 'hugo', token };
    const own = bench.identity.ownAccount;
    await expect(own.beginSecondFactor(asking, 'a wrong password')).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
    await expect(own.confirmSecondFactor(asking, '123456')).rejects.toMatchObject({ code: 'CONFLICT' });
    await own.beginSecondFactor(asking, OWN_PASSWORD);
    await expect(own.confirmSecondFactor(asking, '000000')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect((await own.show(asking)).secondFactor).toBe(false);
    const { recoveryCodes } = await bench.enrol('hugo');
    await expect(own.disableSecondFactor(asking, 'a wrong password')).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
    expect((await own.show(asking)).secondFactor).toBe(true);
    await bench.identity.administration.resetSecondFactor('hugo', 'chief');
    await expect(bench.identity.signIn.resume(token)).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
    const again = await bench.signIn('hugo', OWN_PASSWORD);
    expect(await own.show({ dispatcherId: 'hugo', token: again.token })).toMatchObject({
      secondFactor: false,
      recoveryCodesLeft: 0,
    });
    await expect(
      bench.store.write.spendRecoveryCode({
        dispatcherId: 'hugo',
        codeHash: recoveryCodes[0] ?? '',
        nowMs: 1,
      }),
    ).resolves.toBe(false);
  });
});

describe('sessions', () => {
  test('are listed, end one by one or all but the present one, and end after 24 h', async () => {
    await bench.addPerson({ dispatcherId: 'iris' });
    const tokens: string[] = [];
    for (let count = 0; count < 3; count++) {
      bench.clock.advance(1_000);
      tokens.push((await bench.signIn('iris', OWN_PASSWORD)).token);
    }
    const [first = '', second = '', third = ''] = tokens;
    const own = bench.identity.ownAccount;
    const asking = { dispatcherId: 'iris', token: third };
    const { sessions } = await own.show(asking);
    expect(sessions.map(({ current }) => current)).toEqual([true, false, false, false]);
    expect((sessions[0]?.endsAtMs ?? 0) - (sessions[0]?.startedAtMs ?? 0)).toBe(86_400_000);
    await own.revokeSession(asking, sessions[1]?.sessionId ?? '');
    await expect(bench.identity.signIn.resume(second)).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
    await expect(own.revokeSession(asking, sessions[1]?.sessionId ?? '')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await bench.identity.signIn.resume(first);
    await own.revokeSession(asking, null);
    await expect(bench.identity.signIn.resume(first)).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
    await bench.identity.signIn.resume(third);
    await own.changePassword(asking, OWN_PASSWORD, 'another-of-her-own-3');
    await bench.identity.signIn.resume(third);
    bench.clock.advance(86_400_001);
    await expect(bench.identity.signIn.resume(third)).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
  });

  test("nobody ends another person's session as their own", async () => {
    await bench.addPerson({ dispatcherId: 'jon' });
    await bench.addPerson({ dispatcherId: 'kim' });
    const jon = await bench.signIn('jon', OWN_PASSWORD);
    const kim = await bench.signIn('kim', OWN_PASSWORD);
    const [session] = await bench.identity.administration.sessions('jon');
    await expect(
      bench.identity.ownAccount.revokeSession(
        { dispatcherId: 'kim', token: kim.token },
        session?.sessionId ?? '',
      ),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await bench.identity.signIn.resume(jon.token);
    await bench.identity.administration.revokeSessions('jon', null, 'chief');
    await expect(bench.identity.signIn.resume(jon.token)).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
  });
});

describe('the audit', () => {
  test('is filtered by person, action and time, and comes in pages without a gap or a repetition', async () => {
    const { administration } = bench.identity;
    const all = { dispatcherId: null, action: null, fromMs: null, untilMs: null };
    const orders: number[] = [];
    let before: number | null = null;
    for (let more = true; more; ) {
      const page = await administration.audit({ ...all, before, limit: 7 });
      orders.push(...page.entries.map((entry) => entry.order));
      before = page.entries.at(-1)?.order ?? null;
      more = page.more;
    }
    expect(new Set(orders).size).toBe(orders.length);
    expect([...orders].sort((one, other) => other - one)).toEqual(orders);
    const whole = await administration.audit({ ...all, before: null, limit: 200 });
    expect(orders.slice(0, 200)).toEqual(whole.entries.map((entry) => entry.order));

    const choices = await administration.auditChoices({});
    expect(choices.people).toContainEqual({ dispatcherId: 'iris', displayName: 'Ana Ruiz' });
    expect(choices.actions).toEqual([...new Set(choices.actions)].sort());
    expect(choices.actions).toContain('SECOND_FACTOR_RESET');
    const resets = await administration.audit({
      ...all,
      dispatcherId: 'chief',
      action: 'SECOND_FACTOR_RESET',
      before: null,
      limit: 10,
    });
    expect(resets.entries).toEqual([
      expect.objectContaining({ dispatcherId: 'chief', displayName: 'The Chief', subject: 'hugo' }),
    ]);
    const atMs = resets.entries[0]?.atMs ?? 0;
    const at = async (fromMs: number, untilMs: number): Promise<number> =>
      (
        await administration.audit({
          ...all,
          action: 'SECOND_FACTOR_RESET',
          fromMs,
          untilMs,
          before: null,
          limit: 10,
        })
      ).entries.length;
    expect([await at(atMs, atMs + 1), await at(atMs - 10, atMs), await at(atMs + 1, atMs + 10)]).toEqual([
      1, 0, 0,
    ]);
  });
});

/** Last: it closes the store to look at what is on the disk. */
describe('on the disk', () => {
  test('neither the files, a dump, nor the log hold a secret; the audit can only be added to', async () => {
    await bench.addPerson({ dispatcherId: 'lena', password: 'temporary-for-her-7' });
    const { secret, recoveryCodes } = await bench.enrol('lena');
    const [code = ''] = recoveryCodes;
    const { token } = await bench.signIn('lena', OWN_PASSWORD, code);
    await expect(bench.signIn('typed-as-name-9!', 'x')).rejects.toMatchObject({ code: 'SIGN_IN_REFUSED' });
    const { open, dump } = await openRaw(bench);
    const raw = Buffer.from(Secret.fromBase32(secret).bytes);
    const secrets = [
      ...[raw, Buffer.from(raw.toString('hex')), Buffer.from(raw.toString('base64')), Buffer.from(secret)],
      ...[code, code.replaceAll('-', ''), token, OWN_PASSWORD, 'temporary-for-her-7', ADMIN.password].map(
        (text) => Buffer.from(text),
      ),
      Buffer.from('typed-as-name-9!'),
      readFileSync(join(bench.directory, 'station.key')).subarray(0, 40),
    ];
    const logged = Buffer.from(JSON.stringify(bench.lines));
    for (const file of [...databaseFiles(bench.directory), dump, logged])
      for (const one of secrets) expect(file.includes(one)).toBe(false);
    expect(dump.includes(Buffer.from('lena'))).toBe(true);
    expect(dump.toString()).toMatch(/"mfa_secret":"v1\./);
    for (const change of [
      'UPDATE audit_log SET action = $$x$$',
      'DELETE FROM audit_log',
      'TRUNCATE audit_log',
    ])
      await expect(open.database.exec(change)).rejects.toThrow('can only be added to');
    await expect(
      open.database.exec(`UPDATE dispatchers SET mfa_enabled = TRUE, mfa_secret = 'JBSWY3DPEHPK3PXP'`),
    ).rejects.toThrow('dispatchers_mfa_secret_is_encrypted');
    await open.database.close();
  });
});

/** Every row of every table as JSON: what a dump would hold. */
async function openRaw(of: IdentityBench) {
  await of.closeStore();
  const open = await openDatabase({
    dataDirectory: of.directory,
    preparedDirectory,
    migrationsDirectory: MIGRATIONS_DIRECTORY,
  });
  const tables = await open.database.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  const parts: string[] = [];
  for (const { name } of tables.rows) {
    const rows = await open.database.query<{ row: string }>(
      `SELECT row_to_json(t)::text AS row FROM ${name} t`,
    );
    parts.push(...rows.rows.map(({ row }) => row));
  }
  return { open, dump: Buffer.from(parts.join('\n')) };
}

function databaseFiles(directory: string): Buffer[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'station.key')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
}
