import { describe, expect, it } from 'vitest';
import { checkSocketPath, socketPath } from './socket-path.ts';

const uid = process.getuid?.();

describe('socketPath', () => {
  it('is OIDC_SOCK where that is set', () => {
    expect(socketPath({ OIDC_SOCK: '/run/a b/ü.sock', TMPDIR: '/var/tmp' })).toBe('/run/a b/ü.sock');
  });

  it('is the socket of oidc-agent-service in TMPDIR otherwise', () => {
    expect(socketPath({ TMPDIR: '/var/tmp' })).toBe(`/var/tmp/oidc-agent-service-${uid}/oidc-agent.sock`);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(socketPath({ OIDC_SOCK: '', TMPDIR: '' })).toBe(`/tmp/oidc-agent-service-${uid}/oidc-agent.sock`);
  });
});

describe.runIf(process.platform === 'linux')('the length of a socket path on Linux', () => {
  it('may be 107 bytes', () => {
    expect(() => checkSocketPath('/'.padEnd(107, 'x'))).not.toThrow();
  });

  it('may not be 108 bytes, and the error says so', () => {
    const path = '/'.padEnd(108, 'x');
    expect(() => socketPath({ OIDC_SOCK: path })).toThrow(
      `The socket path is 108 bytes long, 107 are possible: ${path}`,
    );
  });

  it('is counted in bytes, not in characters', () => {
    expect(() => checkSocketPath(`/${'ü'.repeat(54)}`)).toThrow('109 bytes');
  });
});
