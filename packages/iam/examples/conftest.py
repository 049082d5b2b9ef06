import json
import subprocess

import pytest


@pytest.fixture(scope="session")
def iam():
    """A jeton-iam for all tests: issuer, port and pid. It stops with pytest, even if pytest is killed."""
    command = ["jeton-iam", "--port", "0", "--json", "--until-stdin-closes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield json.loads(process.stdout.readline())
