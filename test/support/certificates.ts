import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  /** Files in PEM form. */
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  readonly authorityPem: string;
  remove(): void;
}

/** A throwaway authority and a certificate of it for `host`, valid for a day. */
export function makeCertificates(host: string): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'skyrescue-certificates-'));
  const at = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '1',
    '-subj',
    '/CN=Test',
  );
  openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', `/CN=${host}`);
  const name = /^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`;
  writeFileSync(at('extensions'), `subjectAltName=${name}\n`);
  const signing = ['-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
  openssl('x509', ...signing, '-out', 'server.crt', '-days', '1', '-extfile', 'extensions');
  return {
    certificate: at('server.crt'),
    key: at('server.key'),
    authority: at('ca.crt'),
    authorityPem: readFileSync(at('ca.crt'), 'utf8'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
