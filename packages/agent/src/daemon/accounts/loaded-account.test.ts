import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MemoryAccountFile } from '../../../test/memory-account-file.ts';
import { Grant } from '../grant/grant.ts';
import { IssuerDocuments } from '../grant/issuer-documents.ts';
import { LearnedAudienceParameters } from '../grant/refresh/learned-audience-parameters.ts';
import { LoadedAccount } from './loaded-account.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const day = 24 * 3600 * 1000;

function load(lifetime: number) {
  const expire = vi.fn();
  const context = {
    documents: new IssuerDocuments(),
    audienceParameters: new LearnedAudienceParameters(),
    knownIssuer: async () => undefined,
    customParameters: async () => ({}),
    file: new MemoryAccountFile(),
  };
  const account = { name: 'wlcg', issuer_url: 'https://iam.example/', client_id: 'c' };
  const options = { lifetime, alwaysAllowIdToken: false, confirm: false };
  return {
    expire,
    loaded: new LoadedAccount(new Grant(account, context), options, expire),
  };
}

test('an account leaves when its lifetime is over, not before', () => {
  const { expire } = load(60);
  vi.advanceTimersByTime(59_999);
  expect(expire).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(expire).toHaveBeenCalledOnce();
});

test('without a lifetime it stays', () => {
  const { expire, loaded } = load(0);
  vi.advanceTimersByTime(1000 * day);
  expect(expire).not.toHaveBeenCalled();
  expect(loaded.ends).toBeUndefined();
});

test('a new lifetime counts from when it was given', () => {
  const { expire, loaded } = load(60);
  vi.advanceTimersByTime(50_000);
  loaded.setLifetime(60);
  vi.advanceTimersByTime(59_999);
  expect(expire).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(expire).toHaveBeenCalledOnce();
});

test('a lifetime of 0 takes the end away', () => {
  const { expire, loaded } = load(60);
  loaded.setLifetime(0);
  vi.advanceTimersByTime(day);
  expect(expire).not.toHaveBeenCalled();
});

test('a lifetime longer than a timer can wait (24.8 days) is kept in full', () => {
  const { expire } = load(60 * 24 * 3600);
  vi.advanceTimersByTime(60 * day - 1);
  expect(expire).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(expire).toHaveBeenCalledOnce();
});

test('a wall clock that was set back keeps no account longer', () => {
  const { expire } = load(3600);
  vi.advanceTimersByTime(60_000);
  vi.setSystemTime(Date.now() - day);
  vi.advanceTimersByTime(3_540_000);
  expect(expire).toHaveBeenCalledOnce();
});

test('a sleep of the computer counts', () => {
  const { expire } = load(3600);
  vi.advanceTimersByTime(60_000);
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(60_000);
  expect(expire).toHaveBeenCalledOnce();
});

test('an account that was unloaded does not leave a second time', async () => {
  const { expire, loaded } = load(60);
  await loaded.close();
  vi.advanceTimersByTime(day);
  expect(expire).not.toHaveBeenCalled();
});
