import type { LinksOverview } from '../../../preload/contract/links.ts';
import { loadSerialPort } from './serial-link.ts';

/** The serial ports of this machine, as they are plugged in now. None where serial lines cannot be used. */
export async function listSerialPorts(): Promise<LinksOverview['serialPorts']> {
  try {
    const ports = await (await loadSerialPort()).list();
    return ports.map(({ path, manufacturer, serialNumber }) => ({
      device: path,
      description: [manufacturer, serialNumber].filter((part) => part !== undefined).join(' '),
    }));
  } catch {
    // No binary, or a system that keeps its ports to itself: a link to one says so when it is opened.
    return [];
  }
}
