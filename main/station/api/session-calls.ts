import { Refusal } from '../../../preload/contract/errors.ts';
import { beginSession, endSession } from './connection.ts';
import { type CallContext, latestFeed, openToAll, signedIn } from './implementer.ts';

const WATCH_PACE_MS = 250;

const os = openToAll.session;
const own = signedIn.session;

export const sessionCalls = {
  greeting: os.greeting.handler(async ({ context: { services } }) => ({
    stationName: services.stationName,
    version: services.version,
    demoAccount: services.demoAccount,
    needsFirstAdministrator: await services.needsFirstAdministrator(),
  })),
  createFirstAdministrator: os.createFirstAdministrator.handler(async ({ context: { services }, input }) => {
    await services.identity.signIn.createFirstAdministrator(
      input.dispatcherId,
      input.displayName,
      input.password,
    );
    return {};
  }),
  signIn: os.signIn.handler(async ({ context: { services, connection }, input }) => {
    const { dispatcherId, password, secondFactor, newPassword } = input;
    const attempt = { dispatcherId, password, secondFactor, newPassword };
    const { person, token } = await services.identity.signIn.signIn(attempt);
    beginSession(connection, person, token, services.clock.monotonicMs());
    return { person, token };
  }),
  resume: os.resume.handler(async ({ context: { services, connection }, input }) => {
    const person = await services.identity.signIn.resume(input.token);
    beginSession(connection, person, input.token, services.clock.monotonicMs());
    return { person };
  }),
  signOut: own.signOut.handler(async ({ context: { services, connection, person } }) => {
    const token = connection.session?.token;
    endSession(connection);
    services.calls.personLeft(person.dispatcherId);
    if (token !== undefined) await services.identity.signIn.signOut(token, person);
    return {};
  }),
  watch: own.watch.handler(({ context, signal }) =>
    latestFeed(context, signal, WATCH_PACE_MS, {
      async current() {
        const { signIn, ownAccount } = context.services.identity;
        const asks = asking(context);
        const [person, { sessions }] = await Promise.all([signIn.resume(asks.token), ownAccount.show(asks)]);
        return { person, endsAtMs: sessions.find(({ current }) => current)?.endsAtMs ?? 0 };
      },
      subscribe: context.services.identity.sessionsChanged,
    }),
  ),

  account: own.account.handler(({ context }) => context.services.identity.ownAccount.show(asking(context))),
  changePassword: own.changePassword.handler(async ({ context, input }) => {
    await context.services.identity.ownAccount.changePassword(
      asking(context),
      input.password,
      input.newPassword,
    );
    return {};
  }),
  beginSecondFactor: own.beginSecondFactor.handler(({ context, input }) =>
    context.services.identity.ownAccount.beginSecondFactor(asking(context), input.password),
  ),
  confirmSecondFactor: own.confirmSecondFactor.handler(async ({ context, input }) => ({
    recoveryCodes: await context.services.identity.ownAccount.confirmSecondFactor(
      asking(context),
      input.code,
    ),
  })),
  disableSecondFactor: own.disableSecondFactor.handler(async ({ context, input }) => {
    await context.services.identity.ownAccount.disableSecondFactor(asking(context), input.password);
    return {};
  }),
  renewRecoveryCodes: own.renewRecoveryCodes.handler(async ({ context, input }) => ({
    recoveryCodes: await context.services.identity.ownAccount.renewRecoveryCodes(
      asking(context),
      input.password,
    ),
  })),
  revokeSession: own.revokeSession.handler(async ({ context, input }) => {
    await context.services.identity.ownAccount.revokeSession(asking(context), input.sessionId);
    return {};
  }),
};

function asking({ connection }: CallContext): { dispatcherId: string; token: string } {
  const { session } = connection;
  if (session === null) throw new Refusal('NOT_SIGNED_IN', 'Your session has ended. Sign in again.');
  return { dispatcherId: session.person.dispatcherId, token: session.token };
}
