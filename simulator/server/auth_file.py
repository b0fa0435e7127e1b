"""Reads the file that `--auth` names: API keys, the sign secret, accounts of the exchange."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fixtures.documents.files import read_file
from fixtures.documents.problems import DocumentError, Problem, problems_of
from simulator.server.auth import DEFAULT_WINDOW_S, Access, Key
from simulator.server.settings import SettingsError
from simulator.services.exchange import Accounts
from simulator.services.rpc import Right

_Id = TypeVar("_Id")
_Text = Annotated[str, Field(strict=True, min_length=1)]


_NOBODY: Final = Accounts.model_construct(organizations=(), users=(), collaboratives=())


class _Key(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: _Text
    rights: tuple[Right, ...] = tuple(Right)
    microgrids: tuple[Annotated[int, Field(strict=True, ge=1)], ...] | None = None
    tenants: tuple[_Text, ...] | None = None
    permissions: tuple[_Text, ...] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keys: Annotated[tuple[_Key, ...], Field(min_length=1)] = ()
    sign_secret: _Text | None = None
    window_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = DEFAULT_WINDOW_S
    exchange: Accounts | None = None

    @model_validator(mode="after")
    def _lets_someone_in(self) -> Self:
        if not self.keys and self.exchange is None:
            raise ValueError("keys, or accounts of the exchange")
        return self


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """Who is let in; without a file anyone, and into the exchange who has a well-known token."""

    access: Access | None = None
    accounts: Accounts | None = None


def read_auth(path: Path) -> Admitted:
    """Return what an auth file says; whom it does not name is not let in.

    ```yaml
    keys:
      - {key: writer, rights: [read, write]}     # both is the default
      - {key: guest, rights: [read], microgrids: [1]}
      - {key: office, tenants: [t1]}
      - {key: lister, permissions: [services/meta.edgelq.com/permissions/*.list]}
    sign_secret: s3cret                          # absent: dispatch calls need no signature
    window_s: 300
    exchange:                                    # as fixtures/data/exchange_people.yaml
      organizations: [{id: organization-1, name: Utility, host: true}]
      users:
        - {id: user-1, email: a@b.c, first_name: A, last_name: B, organization: organization-1,
           tokens: [{value: t0ken}], stores: [{name: Reports}], databases: [{name: Telemetry}]}
    ```

    Raises:
        SettingsError: it cannot be read, or has mistakes, each told with its line; the text never
            repeats values, because they are secrets.
    """
    try:
        file = _read(path)
    except DocumentError as error:
        text = "\n".join(f"--auth {problem}" for problem in error.problems)
        raise SettingsError(text) from None
    access = Access(
        keys=tuple(
            Key(
                key=key.key,
                rights=frozenset(key.rights),
                microgrids=_chosen(key.microgrids),
                tenants=_chosen(key.tenants),
                permissions=key.permissions,
            )
            for key in file.keys
        ),
        sign_secret=file.sign_secret,
        window_s=file.window_s,
    )
    return Admitted(access=access, accounts=file.exchange or _NOBODY)


def _chosen(ids: Iterable[_Id] | None) -> frozenset[_Id] | None:
    return None if ids is None else frozenset(ids)


def _read(path: Path) -> _File:
    document = read_file(path, quotes=False)
    try:
        file = _File.model_validate(document.value)
    except ValidationError as error:
        problems = problems_of(error, _File, str(path), document, hides=lambda where: True)
        raise DocumentError(problems) from None
    texts = [key.key for key in file.keys]
    twice = [position for position, text in enumerate(texts) if text in texts[:position]]
    if twice:
        raise DocumentError(
            Problem(
                file=str(path),
                line=document.line(("keys", position, "key")),
                field=f"keys[{position}].key",
                text="stands here a second time",
            )
            for position in twice
        )
    return file
