import { isIPv6 } from 'node:net';
import { Refusal } from '../../../preload/contract/errors.ts';

/** Where a link leads. `text` is the canonical form, by which the link is known. */
export type LinkAddress = NetworkAddress | SerialAddress;

export interface NetworkAddress {
  readonly kind: 'udpin' | 'udpout' | 'tcp';
  readonly host: string;
  readonly port: number;
  readonly text: string;
}

export interface SerialAddress {
  readonly kind: 'serial';
  /** `/dev/ttyUSB0` or `COM3`. */
  readonly device: string;
  readonly baudRate: number;
  readonly text: string;
}

const FORM =
  'Write udpin:HOST:PORT to listen, udpout:HOST:PORT or tcp:HOST:PORT to call a vehicle, or serial:DEVICE:BAUD.';
const SLOWEST_BAUD = 1_200;
const FASTEST_BAUD = 4_000_000;

/**
 * Reads `udpin:0.0.0.0:14550`, `udpout:10.1.2.3:14550`, `tcp:localhost:5760`, `udpin:[::]:14550`,
 * `serial:/dev/ttyUSB0:57600`. Refuses with INVALID_INPUT.
 */
export function parseLinkAddress(given: string): LinkAddress {
  const parts = /^([a-z]+):(.*):([^:]*)$/i.exec(given.trim());
  const kind = parts?.[1]?.toLowerCase() ?? '';
  if (parts === null) throw refusal(given, FORM);
  const [, , written = '', number = ''] = parts;
  switch (kind) {
    case 'udpin':
    case 'udpout':
    case 'tcp':
      return networkAddress(given, kind, written, number);
    case 'serial':
      return serialAddress(given, written, number);
    default:
      throw refusal(given, `"${kind}" is not a kind of link. ${FORM}`);
  }
}

function networkAddress(
  given: string,
  kind: NetworkAddress['kind'],
  written: string,
  portText: string,
): NetworkAddress {
  const port = Number(portText);
  if (!/^\d{1,5}$/.test(portText) || port < 1 || port > 65_535)
    throw refusal(given, `The port must be a number from 1 to 65535, not "${portText.slice(0, 20)}".`);
  const host = /^\[(.*)\]$/.exec(written)?.[1] ?? written;
  if (host === '') throw refusal(given, `The host is missing. ${FORM}`);
  if (host.includes(':') ? !isIPv6(host) : !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(host))
    throw refusal(given, `"${host.slice(0, 60)}" is neither an IP address nor a host name.`);
  return { kind, host, port, text: `${kind}:${host.includes(':') ? `[${host}]` : host}:${port}` };
}

function serialAddress(given: string, device: string, baudText: string): SerialAddress {
  const baudRate = Number(baudText);
  if (!/^\d{4,7}$/.test(baudText) || baudRate < SLOWEST_BAUD || baudRate > FASTEST_BAUD)
    throw refusal(
      given,
      `The speed must be a number of baud, such as 57600, not "${baudText.slice(0, 20)}".`,
    );
  if (!/^(\/dev\/[\w./-]{1,100}|COM\d{1,3})$/.test(device) || device.includes('..'))
    throw refusal(given, `"${device.slice(0, 60)}" is not a serial port, such as /dev/ttyUSB0 or COM3.`);
  return { kind: 'serial', device, baudRate, text: `serial:${device}:${baudRate}` };
}

function refusal(given: string, sentence: string): Refusal {
  return new Refusal('INVALID_INPUT', `The link address "${given.slice(0, 100)}" is not usable. ${sentence}`);
}
