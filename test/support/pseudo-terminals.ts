import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Two serial lines that are joined, as a radio joins them: `/dev/pts/…` each. */
export interface PseudoTerminals {
  readonly station: string;
  readonly vehicle: string;
  /** Both ends go away, as when a radio is unplugged. */
  unplug(): Promise<void>;
}

/** `name`: a path under which the station's end is found, as the system names a radio. */
export async function openPseudoTerminals(name: string | null = null): Promise<PseudoTerminals> {
  const link = name === null ? '' : `,link=${name}`;
  const socat = spawn('socat', ['-d', '-d', `pty,raw,echo=0${link}`, 'pty,raw,echo=0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const devices: string[] = [];
  let text = '';
  for await (const chunk of socat.stderr) {
    text += String(chunk);
    devices.splice(
      0,
      2,
      ...[...text.matchAll(/PTY is (\/dev\/pts\/\d+)\n/g)].map(([, device = '']) => device),
    );
    if (devices.length === 2) break;
  }
  const [station, vehicle] = devices;
  if (station === undefined || vehicle === undefined) throw new Error(`socat made no terminals: ${text}`);
  return {
    station: name ?? station,
    vehicle,
    async unplug() {
      if (socat.exitCode !== null || socat.signalCode !== null) return;
      socat.kill('SIGTERM');
      await once(socat, 'exit');
    },
  };
}
