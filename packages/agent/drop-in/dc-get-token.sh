#!/bin/sh
# A token by the device flow, with the variables of the script of the same name: IAM_DEVICE_CODE_CLIENT_ID,
# IAM_DEVICE_CODE_CLIENT_SECRET, IAM_DEVICE_CODE_ENDPOINT, IAM_TOKEN_ENDPOINT, IAM_DEVICE_CODE_CLIENT_SCOPES.
# Shows where to log in, waits for it, prints lines that set IAM_ACCESS_TOKEN and IAM_REFRESH_TOKEN.
exec jeton device-code --env "$@"
