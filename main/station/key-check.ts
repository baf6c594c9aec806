import { createHmac } from 'node:crypto';
import { SEALED_WITH_KEY } from './key-file.ts';
import type { Alerts } from './ports/alerts.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { SecretStore } from './ports/secret-store.ts';
import type { Store } from './store/store.ts';

const SETTING = 'station_key';

/**
 * Records remember which key they were last used with (by a mark that betrays nothing of it), so that another one beside
 * them, after a restore or a lost file, is told instead of found out one sign-in at a time.
 */
export async function tellOfAnotherKey(parts: {
  store: { read: Pick<Store['read'], 'setting'>; write: Pick<Store['write'], 'saveSetting'> };
  secrets: Pick<SecretStore, 'stationKey'>;
  alerts: Alerts;
  clock: Clock;
  log: Log;
}): Promise<void> {
  const { store, alerts, clock, log } = parts;
  const mark = createHmac('sha256', await parts.secrets.stationKey())
    .update('skyrescue mark of the station key')
    .digest('hex');
  const known = await store.read.setting({ name: SETTING });
  if (known?.mark === mark) return;
  if (known !== null) {
    log.warn('station-key-is-another');
    alerts.raise({
      cause: 'station-key-is-another',
      level: 'CAUTION',
      subject: 'Station',
      sentence: `The station's key is another than these records were last used with. What was sealed with that one cannot be read: put it back, or enter again ${SEALED_WITH_KEY}.`,
    });
  }
  await store.write.saveSetting({ name: SETTING, value: { mark }, nowMs: clock.nowMs() });
}
