import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkSocketPath, socketPlaces, stablePlaces } from './socket-path.ts';

const uid = process.getuid?.();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'places-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('socketPlaces', () => {
  it('are OIDC_SOCK and nothing else where that is set', () => {
    const env = { OIDC_SOCK: '/run/a b/ü.sock', TMPDIR: '/var/tmp', XDG_RUNTIME_DIR: folder };
    expect(socketPlaces(env)).toEqual({ paths: ['/run/a b/ü.sock'], objections: [] });
  });

  it('are the stable ones where it is empty or not set', () => {
    const env = { TMPDIR: folder, XDG_RUNTIME_DIR: folder };
    expect(socketPlaces({ OIDC_SOCK: '', ...env })).toEqual(stablePlaces(env));
    expect(socketPlaces(env)).toEqual(stablePlaces(env));
  });
});

describe('stablePlaces', () => {
  const inRuntime = () => join(folder, 'oidc-agent-service/oidc-agent.sock');
  const serviceFolder = () => join(folder, `oidc-agent-service-${uid}`);
  const inService = () => join(serviceFolder(), 'oidc-agent.sock');
  const places = (env: Record<string, string | undefined> = {}) =>
    stablePlaces({ TMPDIR: folder, XDG_RUNTIME_DIR: folder, ...env });

  it('are in XDG_RUNTIME_DIR and, after that, in TMPDIR, whatever OIDC_SOCK says', () => {
    expect(places({ OIDC_SOCK: '/elsewhere' })).toEqual({
      paths: [inRuntime(), inService()],
      objections: [],
    });
  });

  it('are in /tmp where TMPDIR is empty or not set', () => {
    for (const TMPDIR of ['', undefined]) {
      expect(stablePlaces({ TMPDIR })).toMatchObject({
        paths: [`/tmp/oidc-agent-service-${uid}/oidc-agent.sock`],
      });
    }
  });

  it('are not in an XDG_RUNTIME_DIR that is empty, missing, relative, a link, or open to others', () => {
    symlinkSync(folder, join(folder, 'link'));
    mkdirSync(join(folder, 'open'));
    chmodSync(join(folder, 'open'), 0o770);
    for (const runtime of [
      '',
      undefined,
      '.',
      ...['none', 'link', 'open'].map((name) => join(folder, name)),
    ]) {
      expect(places({ XDG_RUNTIME_DIR: runtime })).toEqual({ paths: [inService()], objections: [] });
    }
  });

  it.runIf(uid === 0)("are not in another user's XDG_RUNTIME_DIR, as it is left over after su", () => {
    const his = join(folder, 'his');
    mkdirSync(his, { mode: 0o700 });
    chownSync(his, 65534, 65534);
    expect(places({ XDG_RUNTIME_DIR: his }).paths).toEqual([inService()]);
  });

  it.each<[string, () => void]>([
    ['others may write to', () => chmodSync(serviceFolder(), 0o707)],
    ['a group may write to', () => chmodSync(serviceFolder(), 0o770)],
    [
      'is a link',
      () => {
        rmSync(serviceFolder(), { recursive: true });
        symlinkSync(folder, serviceFolder());
      },
    ],
    [
      'is a file',
      () => {
        rmSync(serviceFolder(), { recursive: true });
        writeFileSync(serviceFolder(), '');
      },
    ],
  ])('are not in a folder that %s, and that is said', (_name, spoil) => {
    mkdirSync(serviceFolder(), { mode: 0o700 });
    expect(places().paths).toEqual([inRuntime(), inService()]);
    spoil();
    const objection = `${serviceFolder()} is not trusted: it must be a folder of yours that nobody else can write to`;
    expect(places()).toEqual({ paths: [inRuntime()], objections: [objection] });
  });

  it.runIf(uid === 0)('are not in a folder that another user has made first', () => {
    mkdirSync(serviceFolder(), { mode: 0o700 });
    chownSync(serviceFolder(), 65534, 65534);
    expect(places()).toMatchObject({
      paths: [inRuntime()],
      objections: [expect.stringMatching('is not trusted')],
    });
  });

  it('are not at a path that is too long, and that is said', () => {
    const deep = join(folder, 'x'.repeat(100));
    mkdirSync(deep, { mode: 0o700 });
    expect(places({ TMPDIR: deep })).toMatchObject({
      paths: [inRuntime()],
      objections: [expect.stringMatching(/^The socket path is \d+ bytes long/)],
    });
  });
});

describe.runIf(process.platform === 'linux')('the length of a socket path on Linux', () => {
  it('may be 107 bytes', () => {
    expect(() => checkSocketPath('/'.padEnd(107, 'x'))).not.toThrow();
    expect(socketPlaces({ OIDC_SOCK: '/'.padEnd(107, 'x') }).objections).toEqual([]);
  });

  it('may not be 108 bytes, and the error says so', () => {
    const path = '/'.padEnd(108, 'x');
    const problem = `The socket path is 108 bytes long, 107 are possible: ${path}`;
    expect(() => checkSocketPath(path)).toThrow(problem);
    expect(socketPlaces({ OIDC_SOCK: path })).toEqual({ paths: [], objections: [problem] });
  });

  it('is counted in bytes, not in characters', () => {
    expect(() => checkSocketPath(`/${'ü'.repeat(54)}`)).toThrow('109 bytes');
  });
});
