#!/bin/sh
# Gets a token with the password flow, from the variables of the old script with this name: IAM_CLIENT_ID, IAM_CLIENT_SECRET,
# IAM_TOKEN_ENDPOINT, IAM_CLIENT_SCOPES, IAM_CLIENT_AUDIENCE, IAM_USER, IAM_PASSWORD. Prints the issuer's answer as JSON.
exec jeton password --json "$@"
