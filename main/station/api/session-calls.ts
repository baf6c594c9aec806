import { openToAll, signedIn } from './implementer.ts';

const os = openToAll.session;

export const sessionCalls = {
  greeting: os.greeting.handler(async ({ context: { services } }) => ({
    stationName: services.stationName,
    version: services.version,
    demoAccount: services.demoAccount,
    needsFirstAdministrator: await services.needsFirstAdministrator(),
  })),
  createFirstAdministrator: os.createFirstAdministrator.handler(async ({ context: { services }, input }) => {
    await services.signIn.createFirstAdministrator(input.dispatcherId, input.displayName, input.password);
    return {};
  }),
  signIn: os.signIn.handler(async ({ context: { services, connection }, input }) => {
    const { person, token } = await services.signIn.signIn(input.dispatcherId, input.password);
    connection.session = { person, token, checkedAtMs: services.clock.monotonicMs() };
    return { person, token };
  }),
  resume: os.resume.handler(async ({ context: { services, connection }, input }) => {
    const person = await services.signIn.resume(input.token);
    connection.session = { person, token: input.token, checkedAtMs: services.clock.monotonicMs() };
    return { person };
  }),
  signOut: signedIn.session.signOut.handler(async ({ context: { services, connection, person } }) => {
    const token = connection.session?.token;
    connection.session = null;
    if (token !== undefined) await services.signIn.signOut(token, person);
    return {};
  }),
};
