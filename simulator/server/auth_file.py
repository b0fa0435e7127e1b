"""Reads the file that `--auth` names: API keys with their rights, and the sign secret."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.server.auth import DEFAULT_WINDOW_S, Access, Key
from simulator.server.settings import SettingsError
from simulator.services.rpc import Right

_Text = Annotated[str, Field(strict=True, min_length=1)]


class _Key(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: _Text
    rights: tuple[Right, ...] = tuple(Right)
    microgrids: tuple[Annotated[int, Field(strict=True, ge=1)], ...] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keys: Annotated[tuple[_Key, ...], Field(min_length=1)]
    sign_secret: _Text | None = None
    window_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = DEFAULT_WINDOW_S


def read_access(path: Path) -> Access:
    """Return what an auth file says.

    ```yaml
    keys:
      - {key: writer, rights: [read, write]}     # both is the default
      - {key: guest, rights: [read], microgrids: [1]}
    sign_secret: s3cret                          # absent: calls need no signature
    window_s: 300
    ```

    Raises:
        SettingsError: it cannot be read, or has a mistake; the text never repeats its values.
    """
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise SettingsError(f"--auth {path}: {reason}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise SettingsError(f"--auth {path}{line}: is not YAML") from None
    try:
        file = _File.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        raise SettingsError(f"--auth {path}: {where}: {first['msg'].lower()}") from None
    texts = [key.key for key in file.keys]
    if len(set(texts)) < len(texts):
        raise SettingsError(f"--auth {path}: keys: one stands there twice")
    return Access(
        keys=tuple(
            Key(
                key=key.key,
                rights=frozenset(key.rights),
                microgrids=None if key.microgrids is None else frozenset(key.microgrids),
            )
            for key in file.keys
        ),
        sign_secret=file.sign_secret,
        window_s=file.window_s,
    )
