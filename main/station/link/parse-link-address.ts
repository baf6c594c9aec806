import { isIPv6 } from 'node:net';
import { Refusal } from '../../../preload/contract/errors.ts';

/** Where a link leads. `text` is the canonical form, by which the link is known. */
export interface LinkAddress {
  readonly kind: 'udpin' | 'udpout';
  readonly host: string;
  readonly port: number;
  readonly text: string;
}

const FORM = 'Write udpin:HOST:PORT to listen, or udpout:HOST:PORT to call a vehicle.';

/** Reads `udpin:0.0.0.0:14550`, `udpout:10.1.2.3:14550`, `udpin:[::]:14550`. Refuses with INVALID_INPUT. */
export function parseLinkAddress(given: string): LinkAddress {
  const parts = /^([a-z]+):(.*):([^:]*)$/i.exec(given.trim());
  const kind = parts?.[1]?.toLowerCase() ?? '';
  if (parts === null) throw refusal(given, FORM);
  if (kind !== 'udpin' && kind !== 'udpout') throw refusal(given, `"${kind}" is not a kind of link. ${FORM}`);

  const portText = parts[3] ?? '';
  const port = Number(portText);
  if (!/^\d{1,5}$/.test(portText) || port < 1 || port > 65_535)
    throw refusal(given, `The port must be a number from 1 to 65535, not "${portText.slice(0, 20)}".`);

  const written = parts[2] ?? '';
  const host = /^\[(.*)\]$/.exec(written)?.[1] ?? written;
  if (host === '') throw refusal(given, `The host is missing. ${FORM}`);
  if (host.includes(':') ? !isIPv6(host) : !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(host))
    throw refusal(given, `"${host.slice(0, 60)}" is neither an IP address nor a host name.`);

  return { kind, host, port, text: `${kind}:${host.includes(':') ? `[${host}]` : host}:${port}` };
}

function refusal(given: string, sentence: string): Refusal {
  return new Refusal('INVALID_INPUT', `The link address "${given.slice(0, 100)}" is not usable. ${sentence}`);
}
