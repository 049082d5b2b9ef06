import { expect, test } from 'vitest';
import type { Flow } from '../oauth/grants/flow.ts';
import { IssuerError, type IssuerErrorKind } from '../oauth/http/errors.ts';
import { tryFlows } from './flow-order.ts';

const refusal = (kind: IssuerErrorKind) => new IssuerError(kind, { issuer: 'https://issuer.example/', kind });

/** Tries two flows, the first of which ends with the given error. Returns the flows that ran, and the outcome. */
async function tried(first: () => never): Promise<{ flows: Flow[]; outcome: unknown }> {
  const flows: Flow[] = [];
  const attempt = async (flow: Flow) => {
    flows.push(flow);
    return flow === 'password' ? first() : flow;
  };
  const outcome = await tryFlows(['password', 'device'], attempt).catch((error: unknown) => error);
  return { flows, outcome };
}

const failing = (error: Error) => () => {
  throw error;
};

test('the next flow is tried when the issuer or client does not support one', async () => {
  for (const kind of ['unsupported', 'client_refused', 'scope_refused', 'refused', 'malformed'] as const) {
    expect(await tried(failing(refusal(kind)))).toEqual({ flows: ['password', 'device'], outcome: 'device' });
  }
});

test('no other flow is tried after a refusal by the user, a login that expired, or an issuer that is not itself', async () => {
  for (const kind of ['denied', 'expired', 'untrusted'] as const) {
    const error = refusal(kind);
    expect(await tried(failing(error))).toEqual({ flows: ['password'], outcome: error });
  }
});

test('no other flow is tried after an error that is not the issuer’s', async () => {
  const error = new Error('Interrupted');
  expect(await tried(failing(error))).toEqual({ flows: ['password'], outcome: error });
});

test('the caller learns of each flow that failed, and gets the error of the last one', async () => {
  const steps: string[] = [];
  const outcome = tryFlows(
    ['code', 'device', 'password'],
    async (flow) => {
      throw new IssuerError(flow, { issuer: 'https://issuer.example/', kind: 'unsupported' });
    },
    ({ message }, failed, next) => steps.push(`${message} ${failed} ${next}`),
  );
  await expect(outcome).rejects.toThrow('password');
  expect(steps).toEqual(['code code device', 'device device password']);
});

test('without any flow there is no login', async () => {
  await expect(tryFlows([], async () => 'x')).rejects.toThrow('No flow was successful.');
});
