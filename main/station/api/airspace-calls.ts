import { allow, everyFeed, signedIn } from './implementer.ts';

const os = signedIn.airspace;

export const airspaceCalls = {
  watchZones: os.watchZones.handler(({ context, signal }) =>
    everyFeed(context, signal, {
      snapshot: () => ({ kind: 'SNAPSHOT' as const, zones: context.services.zones.all() }),
      subscribe: (
        changed: (change: {
          kind: 'CHANGED';
          zone: ReturnType<typeof context.services.zones.all>[number];
        }) => void,
      ) => context.services.zones.subscribe((zone) => changed({ kind: 'CHANGED', zone })),
    }),
  ),
  createZone: os.createZone.handler(async ({ context: { services, person }, input }) => {
    allow(person, 'edit_zones');
    const zone = await services.zones.create(input, person);
    await services.audit(person, 'ZONE_CREATED', zone.zoneId, { name: zone.name });
    return zone;
  }),
  updateZone: os.updateZone.handler(async ({ context: { services, person }, input }) => {
    allow(person, 'edit_zones');
    const zone = await services.zones.update(input, person);
    await services.audit(person, 'ZONE_CHANGED', zone.zoneId, { version: zone.version, active: zone.active });
    return zone;
  }),
};
