/** Why Redis is away, for a person: what is wrong, what still works, what to do. Never the password. */
export function redisSentence(error: Error & { code?: unknown }, url: string): string {
  const where = `Redis at ${new URL(url).host}`;
  const code = typeof error.code === 'string' ? error.code : '';
  if (/WRONGPASS|NOAUTH|NOPERM|invalid username-password/i.test(error.message))
    return `${where} refuses this station's name or password. Set its address anew, with the right password.`;
  if (/^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code) || /certificate/i.test(error.message))
    return `${where} shows a certificate that does not match. Give the file of the authority that signed it, or correct the address.`;
  if (code === 'ECONNREFUSED') return `${where} refuses connections. Start it, or correct the address.`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `${where}: this name is not known. Correct the address, or wait for the network.`;
  if (/timed? ?out/i.test(error.message) || code === 'ETIMEDOUT')
    return `${where} does not answer. Live marks of other stations wait; everything else goes on.`;
  return `${where} is not connected. Live marks of other stations wait; everything else goes on.`;
}
