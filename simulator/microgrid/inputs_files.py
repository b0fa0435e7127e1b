"""Where the files of inputs are: beside the scenario, or inside an installed package."""

from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from .inputs_errors import InputError, missing_extra
from .scenario_inputs import PackagedPath

_EXTRAS = {"pvlib": "pv", "demandlib": "profiles"}


def packaged(package: str, path: str) -> Path | None:
    """Return a file inside an installed package without importing it; None if there is none."""
    spec = find_spec(package) if package.isidentifier() else None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(folder, *PurePosixPath(path).parts)
        if file.is_file():
            return file
    return None


def locate(entry: PackagedPath, folder: Path | None) -> Path:
    """Return the file that an input names.

    Raises:
        MissingExtra: it is inside a package that an extra installs.
        InputError: there is no such file.
    """
    if entry.package is None:
        path = (folder or Path()) / entry.path
        if not path.is_file():
            raise InputError(f"no file {path}")
        return path
    found = packaged(entry.package, entry.path)
    if found is not None:
        return found
    installed = entry.package.isidentifier() and find_spec(entry.package) is not None
    if not installed and entry.package in _EXTRAS:
        raise missing_extra(f"the file {entry.path}", entry.package, _EXTRAS[entry.package])
    what = f"no file {entry.path} in it" if installed else "which is not installed"
    raise InputError(f"package {entry.package}: {what}")
