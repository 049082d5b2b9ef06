import json
from base64 import b64encode
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest


def get_token(issuer, client, secret, scope):
    basic = b64encode(f"{client}:{secret}".encode()).decode()
    form = urlencode({"grant_type": "client_credentials", "scope": scope}).encode()
    with urlopen(Request(f"{issuer}token", form, {"Authorization": f"Basic {basic}"})) as answer:
        return json.load(answer)


def test_gets_a_token(iam):
    token = get_token(iam["issuer"], "client-cred", "secret", "storage.read:/")
    assert token["scope"] == "storage.read:/"


def test_an_overloaded_issuer(iam):
    rule = {"rules": [{"endpoint": "/token", "status": 503, "times": 1}]}
    urlopen(Request(f"{iam['issuer']}dev/behaviour", json.dumps(rule).encode(), method="PUT"))
    with pytest.raises(HTTPError, match="503"):
        get_token(iam["issuer"], "client-cred", "secret", "openid")
