import type { TransportSource } from './transport.ts';

/** The station answers, but not to this page: it was started anew, and the page's token is of the start before. */
export class AddressOutdated extends Error {
  override readonly name = 'AddressOutdated';
}

/** What a person reads then. */
export const OUTDATED_ADDRESS = 'The station was started anew. Open the address that it printed.';

/** A browser does not say why a line was refused; that the page itself is still served tells the two reasons apart. */
export function noticingOutdatedAddress(source: TransportSource): TransportSource {
  return {
    ...source,
    open: () =>
      source.open().catch(async (error: unknown) => {
        const served = await fetch('/', { method: 'HEAD', cache: 'no-store' }).then(
          (response) => response.ok,
          () => false,
        );
        throw served ? new AddressOutdated() : error;
      }),
  };
}
