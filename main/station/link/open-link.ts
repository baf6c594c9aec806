import type { Link } from './link.ts';
import type { LinkAddress } from './parse-link-address.ts';
import type { LinkParts } from './retrying-link.ts';
import { SerialLink } from './serial-link.ts';
import { TcpLink } from './tcp-link.ts';
import { UdpLink } from './udp-link.ts';

export function openLink(address: LinkAddress, parts: LinkParts): Link {
  switch (address.kind) {
    case 'udpin':
    case 'udpout':
      return new UdpLink(address, parts).start();
    case 'tcp':
      return new TcpLink(address, parts).start();
    case 'serial':
      return new SerialLink(address, parts).start();
  }
}
