import { Refusal } from '../../../preload/contract/errors.ts';
import type { Person } from '../../../preload/contract/session.ts';
import { alsoInRecovery, latestFeed, signedIn } from './implementer.ts';

const STATUS_PACE_MS = 1_000;
const os = signedIn.records;

function allowSupervisor(person: Person): void {
  if (person.role === 'DISPATCHER')
    throw new Refusal('FORBIDDEN', 'Only supervisors and administrators handle backups. Ask one of them.');
}

export const recordsCalls = {
  watch: os.watch.handler(({ context, signal }) => {
    allowSupervisor(context.person);
    return latestFeed(context, signal, 0, {
      current: () => context.services.records.status(),
      subscribe: (changed) => context.services.clock.every(STATUS_PACE_MS, changed),
    });
  }),
  backUpNow: os.backUpNow.handler(async ({ context: { services, person } }) => {
    allowSupervisor(person);
    services.records.backUpNow();
    await services.audit(person, 'BACKUP_STARTED', null);
    return {};
  }),
  cancelBackup: os.cancelBackup.handler(async ({ context: { services, person } }) => {
    allowSupervisor(person);
    services.records.cancelBackup();
    await services.audit(person, 'BACKUP_CANCELLED', null);
    return {};
  }),
  setBackupFolder: os.setBackupFolder.handler(async ({ context: { services, person }, input }) => {
    allowSupervisor(person);
    const folder = await services.records.chooseFolder(input.folder);
    await services.audit(person, 'BACKUP_FOLDER_CHANGED', null, { folder });
    return { folder };
  }),
  restore: os.restore.handler(async ({ context: { services, person }, input }) => {
    allowSupervisor(person);
    // On record in the records that are replaced, which are kept.
    await services.audit(person, 'RESTORE_STARTED', input.archive);
    await services.records.restore(input.archive, person);
    return {};
  }),
  recovery: alsoInRecovery.records.recovery.handler(
    async ({ context: { recovery } }) => (await recovery?.status()) ?? null,
  ),
  restoreDamaged: alsoInRecovery.records.restoreDamaged.handler(async ({ context: { recovery }, input }) => {
    if (recovery === null)
      throw new Refusal(
        'FORBIDDEN',
        'The records of this station can be opened. Sign in to restore a backup.',
      );
    await recovery.restore(input.archive);
    return {};
  }),
};
