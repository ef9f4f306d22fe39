"""The secrets provider that a deployment of ours names: Pulumi's own, a passphrase.

Our deployments hold secrets in clear, as `pulumi stack export --show-secrets` writes them. `pulumi stack import`
takes such a deployment only when it says how the secrets are to be encrypted from then on. The format is that of
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/config/crypt.go: the salt, and a known word
encrypted with the key that salt and passphrase make, by which the passphrase is recognised later.
"""

import hashlib
import os
from base64 import b64encode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROUNDS = 1_000_000
KNOWN = b"pulumi"


def secrets_provider(passphrase: str) -> dict[str, object]:
    """What a deployment says of its secrets: they open with this passphrase. The salt is a new one each time."""
    salt, nonce = os.urandom(8), os.urandom(12)
    key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ROUNDS)
    proof = AESGCM(key).encrypt(nonce, KNOWN, None)
    state = ":".join(["v1", _text(salt), "v1", _text(nonce), _text(proof)])
    return {"type": "passphrase", "state": {"salt": state}}


def _text(value: bytes) -> str:
    return b64encode(value).decode()
