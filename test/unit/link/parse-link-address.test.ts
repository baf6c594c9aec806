import { describe, expect, it } from 'vitest';
import { parseLinkAddress } from '../../../main/station/link/parse-link-address.ts';

describe('link address', () => {
  it.each([
    ['udpin:0.0.0.0:14550', { kind: 'udpin', host: '0.0.0.0', port: 14550 }],
    [' UDPOUT:drone-7.local:14555 ', { kind: 'udpout', host: 'drone-7.local', port: 14555 }],
    ['udpin:[::1]:14550', { kind: 'udpin', host: '::1', port: 14550 }],
    ['udpin:::1:14550', { kind: 'udpin', host: '::1', port: 14550 }],
  ])('reads %s', (given, expected) => {
    expect(parseLinkAddress(given)).toMatchObject(expected);
  });

  it('has one canonical form', () => {
    expect(parseLinkAddress('UDPIN:::1:14550').text).toBe('udpin:[::1]:14550');
  });

  it.each([
    ['', /udpin:HOST:PORT/],
    ['14550', /udpin:HOST:PORT/],
    ['tls:127.0.0.1:5760', /"tls" is not a kind of link/],
    ['serial:/dev/ttyUSB0:fast', /number of baud/],
    ['serial:/dev/ttyUSB0:12', /number of baud/],
    ['serial:/etc/passwd:57600', /is not a serial port/],
    ['serial:/dev/../etc/passwd:57600', /is not a serial port/],
    ['udpin:127.0.0.1', /udpin:HOST:PORT/],
    ['udpin:127.0.0.1:0', /port/],
    ['udpin:127.0.0.1:70000', /port/],
    ['udpin:127.0.0.1:abc', /port/],
    ['udpin::14550', /host is missing/],
    ['udpin:my drone:14550', /neither/],
    ['udpout:::zz:14550', /neither/],
  ])('refuses %j and says why', (given, sentence) => {
    expect(() => parseLinkAddress(given)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringMatching(sentence) }),
    );
  });

  it('does not repeat an endless address in its refusal', () => {
    expect(() => parseLinkAddress(`udpout:${'a'.repeat(10_000)}:1`)).toThrow(/^.{1,300}$/);
  });
});
