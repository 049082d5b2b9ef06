#!/bin/sh
# Gets a token with the device flow, from the variables of the old script with this name: IAM_DEVICE_CODE_CLIENT_ID,
# IAM_DEVICE_CODE_CLIENT_SECRET, IAM_DEVICE_CODE_ENDPOINT, IAM_TOKEN_ENDPOINT, IAM_DEVICE_CODE_CLIENT_SCOPES.
# Shows where to log in, waits, and prints shell commands that set IAM_ACCESS_TOKEN and IAM_REFRESH_TOKEN.
exec jeton device-code --env "$@"
