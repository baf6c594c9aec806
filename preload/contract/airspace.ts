import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { call } from './errors.ts';
import { instantMs, personText, polygon, recordId, requiredText } from './geo.ts';

export const zoneType = z.enum(['AIRPORT', 'MILITARY', 'STADIUM', 'PRISON', 'SCHOOL', 'TEMPORARY']);

/** A zone forbids flight from the ground up to its ceiling, or at every altitude when it has none. */
const zoneFields = z.object({
  name: requiredText('The name', 200),
  type: zoneType,
  corners: polygon,
  /** Height above ground up to which flight is forbidden; null: at every altitude. */
  ceilingAglM: z.number().int().min(0).max(20_000).nullable(),
  startsAtMs: instantMs.nullable(),
  endsAtMs: instantMs.nullable(),
  authority: personText('The authority', 100).nullable(),
  authorityReference: personText('The reference', 200).nullable(),
  active: z.boolean(),
});

const timesInOrder = (zone: { startsAtMs: number | null; endsAtMs: number | null }): boolean =>
  zone.startsAtMs === null || zone.endsAtMs === null || zone.startsAtMs < zone.endsAtMs;
const TIMES_SENTENCE = { message: 'The end must be later than the start.', path: ['endsAtMs'] };

export const zoneInput = zoneFields.refine(timesInOrder, TIMES_SENTENCE);
export type ZoneInput = z.infer<typeof zoneInput>;

export const zone = zoneFields.extend({
  zoneId: z.string(),
  /** Grows with every change; an edit names the version it started from. */
  version: z.number().int(),
  /** Active and within its times at this moment. */
  inForce: z.boolean(),
});
export type Zone = z.infer<typeof zone>;

export const airspace = {
  /** Feed, every: all zones first, then each change. An overflow is answered with a fresh snapshot. */
  watchZones: call.output(
    eventIterator(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('SNAPSHOT'), zones: z.array(zone) }),
        z.object({ kind: z.literal('CHANGED'), zone }),
      ]),
    ),
  ),
  createZone: call.input(zoneInput).output(zone),
  updateZone: call
    .input(
      zoneFields.extend({ zoneId: recordId, version: z.number().int() }).refine(timesInOrder, TIMES_SENTENCE),
    )
    .output(zone),
};
