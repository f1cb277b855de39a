"""What goes into a folder or an archive for others."""

from pathlib import Path

from lastdigit.files import InputError


def contents(*places: str | Path) -> list[Path]:
    """The files of these folders, and the files among these places: each once, in order; no caches, nothing hidden.

    Raises:
        InputError: if there is nothing at one of them.
    """
    found: set[Path] = set()
    for place in map(Path, places):
        files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
        if not files:
            raise InputError(f"{place}: expected a folder with files in it, or a file; make reproduce makes what lacks")
        found |= {path for path in files if not any(part[0] in "._" for part in path.relative_to(place).parent.parts)}
    return sorted(path for path in found if path.name[0] != ".")
