"""Users, passwords and certificates: from the environment or mounted files, never the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.stream.message import LostError

MOUNTED = Path("/run/secrets/opentwins")


@dataclass(frozen=True)
class Credentials:
    """What opens one side, `input` or `output`. `ca`, `cert` and `key` are files in PEM."""

    username: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None


def credentials(side: str, environment: Mapping[str, str], folder: Path = MOUNTED) -> Credentials:
    """What there is for a side: `INPUT_USERNAME` and `INPUT_PASSWORD`, else the files of a mounted Secret.

    The files are `<folder>/<side>/username`, `password`, `ca`, `cert` and `key`; each may be missing. They
    are read at each new connection, so that a Secret that changes is taken up without a restart. Raises
    `LostError`.
    """

    def text(name: str) -> str:
        given = environment.get(f"{side}_{name}".upper())
        file = folder / side / name
        try:
            return given or (file.read_text(encoding="utf-8").rstrip("\r\n") if file.is_file() else "")
        except (OSError, UnicodeDecodeError):
            raise LostError(side, f"{file} cannot be read") from None

    def path(name: str) -> Path | None:
        file = folder / side / name
        return file if file.is_file() else None

    return Credentials(text("username"), text("password"), path("ca"), path("cert"), path("key"))
