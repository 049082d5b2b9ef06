import type { Client, ClientRequest } from './client.ts';
import { manualClient } from './manual.ts';
import { publicClient } from './public-client.ts';
import { registeredClient } from './register.ts';

/**
 * The client that the options name or describe; without any, a new one is registered.
 * @throws ProgramError, FileError, IssuerError, IssuerUnreachableError or Interrupted
 */
export async function clientFor(request: ClientRequest): Promise<Client> {
  const { file, manual, 'client-id': clientId, pub } = request.options;
  const isNamed = file !== undefined || clientId !== undefined;
  if (pub && !isNamed) return await publicClient(request);
  if (isNamed || manual) return await manualClient(request);
  return await registeredClient(request);
}
