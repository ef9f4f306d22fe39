"""The secret that a connection names is set, and holds what the connection needs of it."""

import re
from collections.abc import Collection, Iterator

from twins.catalogue import Catalogue
from twins.checks.connections import SECURE
from twins.connections import LOGIN
from twins.explain import unknown
from twins.models import ConnectionSpec, Document
from twins.origin import Path, Problem

REFERENCE = re.compile(r"\$\{secret:([^}]*)\}")
PAIRS = (LOGIN, ("cert", "key"))
USED = (*LOGIN, "ca", "cert", "key", "sshUsername", "sshPassword", "sshPublicKey", "sshPrivateKey")


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield secrets that are not set, and those that lack something."""
    for entry in catalogue.connections.values():
        spec = entry.spec
        keys: Collection[str] = LOGIN if spec.service else ()
        if spec.secret is not None:
            if spec.secret not in catalogue.secrets:
                yield entry.problem(
                    ("secret",),
                    f"no secret {spec.secret} is set; run `pulumi config set --secret --path "
                    f"opentwins:secrets.{spec.secret}.password`, and so for its other keys; "
                    f"{unknown(spec.secret, list(catalogue.secrets))}",
                )
                continue
            keys = catalogue.secrets[spec.secret]
        for path, message in (*_lacking(spec, keys), *_referred(entry.text.value, keys)):
            yield entry.problem(path, message)


def _lacking(spec: ConnectionSpec, keys: Collection[str]) -> Iterator[tuple[Path, str]]:
    for pair in PAIRS:
        if len(set(pair) & set(keys)) == 1:
            there, absent = sorted(pair, key=lambda key: key not in keys)
            yield ("secret",), f"secret {spec.secret} has {there} but no {absent}; set both"
    if spec.secret and not set(USED) & set(keys) and not REFERENCE.search(str(spec)):
        yield ("secret",), f"secret {spec.secret} has none of {', '.join(USED)}; set those that are needed"
    scheme = (spec.uri or "").split("://")[0]
    if spec.uri and scheme not in SECURE and {"ca", "cert", "key"} & set(keys):
        yield (
            ("uri",),
            f"secret {spec.secret} has certificates, which {scheme}:// does not use; use TLS, or remove them",
        )
    if spec.specific_config.get("saslMechanism") and not set(LOGIN) <= set(keys):
        yield (
            ("specificConfig", "saslMechanism"),
            "SASL needs a secret with username and password; name one that has",
        )
    if spec.ssh_tunnel:
        if "sshUsername" not in keys:
            yield ("sshTunnel",), "the tunnel needs a secret with sshUsername; set it"
        elif "sshPassword" not in keys and not {"sshPublicKey", "sshPrivateKey"} <= set(keys):
            yield (
                ("sshTunnel",),
                "the tunnel needs a secret with sshPassword, or sshPublicKey and sshPrivateKey; set it",
            )


def _referred(value: Document, keys: Collection[str]) -> Iterator[tuple[Path, str]]:
    """Yield references like ${secret:token} to what the secret does not have; in mappers they are none."""
    waiting: list[tuple[Path, object]] = [((key,), each) for key, each in value.items() if key != "mappers"]
    while waiting:
        path, inner = waiting.pop()
        if isinstance(inner, dict):
            waiting += [((*path, key), each) for key, each in inner.items()]
        elif isinstance(inner, list):
            waiting += [((*path, place), each) for place, each in enumerate(inner)]
        elif isinstance(inner, str):
            for key in REFERENCE.findall(inner):
                if key not in keys:
                    yield path, f"the secret has no {key}; {unknown(key, list(keys))}"
