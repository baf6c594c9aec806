import { SyncFault, type SyncFaultKind } from './central-transport.ts';

const AGAIN = 'It is tried again by itself.';
const KEPT = 'Everything recorded is kept and sent afterwards.';

const CREDENTIALS: Readonly<Record<string, string>> = {
  REVOKED: `This station's token was revoked. Ask the administrator of the central server for a new one. ${KEPT}`,
  EXPIRED: `This station's token has expired. Ask the administrator of the central server for a new one. ${KEPT}`,
  OTHER_STATION: `The token belongs to another station. Check the station's id and token. ${KEPT}`,
};

/** What a failed call means (S6): by SQLSTATE where the server answered, by what Node says where it did not. */
export function faultOf(error: unknown): SyncFault {
  if (error instanceof SyncFault) return error;
  const { code, detail, message } = described(error);
  const [kind, sentence] = meaningOf(code, detail, message);
  return new SyncFault(kind, sentence, { cause: error });
}

/** The connection is still of use: the server refused a statement and is ready for the next. */
export function isRefusedStatement(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity === 'ERROR';
}

/** Something in the rows themselves: integrity or form. */
export function isAboutValues(error: unknown): boolean {
  return isRefusedStatement(error) && /^(22|23)/.test(described(error).code);
}

function meaningOf(code: string, detail: string, message: string): [SyncFaultKind, string] {
  if (code === 'SY001') return ['STALE', 'The central server expects a new greeting.'];
  if (code === 'SY002')
    return ['CURSOR_EXPIRED', 'This station was away so long that it gets everything anew.'];
  if (code === 'SY003')
    return [
      'SCHEMA',
      detail === 'SERVER_OLDER'
        ? `The central server is too old for this station's program. Ask its administrator to update it. ${KEPT}`
        : `This station's program is too old for the central server. Update SkyRescue here. ${KEPT}`,
    ];
  if (code === 'SY004')
    return [
      'CLONED',
      'Another program uses the identity of this station. If its disk was copied, register the copy as a station of its own.',
    ];
  if (code === 'SY005')
    return ['MALFORMED', 'The central server did not understand this station. Update both.'];
  if (code === '25006')
    return [
      'READ_ONLY',
      `The server that answered takes no changes at the moment: a failover, perhaps. ${AGAIN}`,
    ];
  // PgBouncer gives one and the same code to everything that it says itself.
  if (code.startsWith('28') || (code === '08P01' && /authentication failed|no such user/.test(message)))
    return [
      'CREDENTIALS',
      CREDENTIALS[detail] ??
        `The central server does not accept this station's login or token. Enter them again, or ask its administrator. ${KEPT}`,
    ];
  if (
    ['3D000', '3F000', '42883', '42P01', '42704'].includes(code) ||
    (code === '08P01' && /no such database|database .* does not exist/.test(message))
  )
    return [
      'WRONG_SERVER',
      'What answered is not a SkyRescue server, or is not set up yet. Check the address.',
    ];
  if (code === '42501')
    return [
      'WRONG_SERVER',
      'This login may not use a SkyRescue server there. Check the address and the login.',
    ];
  if (/^(53|40|55|58|57014)/.test(code))
    return ['RETRY', `The central server cannot do this at the moment. ${AGAIN}`];
  if (/^(08|57)/.test(code)) return ['UNREACHABLE', `The central server is not ready. ${AGAIN}`];
  if (isCertificate(code, message))
    return [
      'CERTIFICATE',
      'The certificate of the central server could not be verified: it is not for this address, has expired, or its authority is not known here. Nothing was sent. Check the address and the file of the authority.',
    ];
  if (/^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E'))
    return ['RETRY', `The central server has trouble of its own (${code}); its log says more. ${AGAIN}`];
  return ['UNREACHABLE', `The central server cannot be reached. ${AGAIN}`];
}

function isCertificate(code: string, message: string): boolean {
  return (
    /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/.test(code) ||
    message.includes('does not support SSL')
  );
}

function described(error: unknown): { code: string; detail: string; message: string } {
  if (!(error instanceof Error)) return { code: '', detail: '', message: String(error) };
  const text = (name: string): string => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? value : '';
  };
  return { code: text('code'), detail: text('detail'), message: error.message };
}
