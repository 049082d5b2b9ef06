import { agentDirectory } from '../../accounts/directory.ts';
import { type CustomisedRequest, customParameters } from '../../config/custom-parameters.ts';
import { describeWarning } from '../../config/issuers/issuer-file.ts';
import type { Secret } from '../../secret.ts';
import { warn } from '../../terminal/output.ts';

const warned = new Set<string>();

/**
 * The parameters that custom_parameters.config adds to a request for an account. Warns once about a defect of the file.
 * @throws FileError `no-directory` when a variable that is needed is not set
 */
export async function customFor(
  request: CustomisedRequest,
  { issuer_url: issuer, name: account }: { issuer_url: string; name: string },
): Promise<Record<string, Secret>> {
  const directory = agentDirectory(process.env);
  const { parameters, warnings } = await customParameters(request, { issuer, account }, { directory });
  for (const warning of warnings.map(describeWarning)) {
    if (!warned.has(warning)) warn(warning);
    warned.add(warning);
  }
  return parameters;
}
