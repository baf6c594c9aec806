import { allow, allowAdministrator, signedIn } from './implementer.ts';

const os = signedIn.people;

/** Who may administer accounts is decided here, what an account may be in identity/. */
export const peopleCalls = {
  list: os.list.handler(async ({ context: { services, person } }) => {
    allowAdministrator(person);
    return { accounts: await services.identity.administration.list() };
  }),
  create: os.create.handler(({ context: { services, person }, input }) => {
    allowAdministrator(person);
    return services.identity.administration.create(input, person.dispatcherId);
  }),
  update: os.update.handler(({ context: { services, person }, input }) => {
    allowAdministrator(person);
    return services.identity.administration.update(input, person.dispatcherId);
  }),
  resetPassword: os.resetPassword.handler(({ context: { services, person }, input }) => {
    allowAdministrator(person);
    return services.identity.administration.resetPassword(
      input.dispatcherId,
      input.password,
      person.dispatcherId,
    );
  }),
  resetSecondFactor: os.resetSecondFactor.handler(({ context: { services, person }, input }) => {
    allowAdministrator(person);
    return services.identity.administration.resetSecondFactor(input.dispatcherId, person.dispatcherId);
  }),
  sessions: os.sessions.handler(async ({ context: { services, person }, input }) => {
    allowAdministrator(person);
    return { sessions: await services.identity.administration.sessions(input.dispatcherId) };
  }),
  revokeSessions: os.revokeSessions.handler(async ({ context: { services, person }, input }) => {
    allowAdministrator(person);
    await services.identity.administration.revokeSessions(
      input.dispatcherId,
      input.sessionId,
      person.dispatcherId,
    );
    return {};
  }),
  audit: os.audit.handler(({ context: { services, person }, input }) => {
    allow(person, 'read_audit');
    return services.identity.administration.audit(input);
  }),
  auditChoices: os.auditChoices.handler(({ context: { services, person } }) => {
    allow(person, 'read_audit');
    return services.identity.administration.auditChoices({});
  }),
};
