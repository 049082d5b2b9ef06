#!/bin/sh
# A token by the password flow, with the variables of the script of the same name: IAM_CLIENT_ID, IAM_CLIENT_SECRET,
# IAM_TOKEN_ENDPOINT, IAM_CLIENT_SCOPES, IAM_CLIENT_AUDIENCE, IAM_USER, IAM_PASSWORD. Prints the issuer's answer as JSON.
exec jeton password --json "$@"
