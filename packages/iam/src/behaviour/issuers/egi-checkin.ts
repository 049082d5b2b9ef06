import { keycloakRegistration, keycloakRules, keycloakSettings } from './keycloak.ts';
import { type Likeness, METADATA } from './likeness.ts';

const egiScopes = [
  'voperson_external_affiliation',
  'orcid',
  'cert_entitlement',
  'voperson_id',
  'ssh_public_key',
  'eduperson_unique_id',
];
export const egiCheckin: Likeness = {
  profile: 'kc',
  scopes: egiScopes.map((value) => ({ value, description: `Your ${value}` })),
  behaviour: {
    ...keycloakSettings,
    rules: [
      {
        endpoint: keycloakRegistration,
        refuse: {
          status: 403,
          error: 'insufficient_scope',
          error_description: "Policy 'Trusted Hosts' rejected request: Host not trusted.",
        },
      },
      {
        endpoint: METADATA,
        add: {
          scopes_supported: [
            ...['openid', 'email', 'profile', 'offline_access', 'aarc'],
            ...['eduperson_entitlement', 'eduperson_scoped_affiliation', ...egiScopes],
          ],
        },
      },
      ...keycloakRules,
    ],
  },
};
