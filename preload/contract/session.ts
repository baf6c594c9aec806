import { z } from 'zod';
import { call } from './errors.ts';
import { requiredText } from './geo.ts';

export const role = z.enum(['DISPATCHER', 'SUPERVISOR', 'ADMIN']);

export const person = z.object({
  dispatcherId: z.string(),
  displayName: z.string(),
  role,
  mayOverride: z.boolean(),
  mayEditZones: z.boolean(),
  mayRegisterDrones: z.boolean(),
});
export type Person = z.infer<typeof person>;

export const session = {
  /** What the sign-in page needs before anyone is known. */
  greeting: call.output(
    z.object({
      stationName: z.string(),
      version: z.string(),
      /** In the demo only: the seeded account to sign in with. Null everywhere else. */
      demoAccount: z.object({ dispatcherId: z.string(), password: z.string() }).nullable(),
      /** An empty station: the first administrator must be made before anyone can sign in. */
      needsFirstAdministrator: z.boolean(),
    }),
  ),
  createFirstAdministrator: call
    .input(
      z.object({
        dispatcherId: requiredText('The user name', 100),
        displayName: requiredText('The name', 200),
        password: z.string().min(12, 'The password needs at least 12 characters.').max(200),
      }),
    )
    .output(z.object({})),
  signIn: call
    .input(
      z.object({
        dispatcherId: requiredText('The user name', 100),
        password: requiredText('The password', 200),
      }),
    )
    .output(z.object({ person, token: z.string() })),
  /** After a reload of the page or a lost connection: the session goes on with its token. */
  resume: call.input(z.object({ token: z.string().max(200) })).output(z.object({ person })),
  signOut: call.output(z.object({})),
};
