"""Formats of many small files: written as one stream of tar, or into a folder; read from a folder, a tar or a zip."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from labeling.datasets.formats.rows import BLOCK, FormatError

Member = tuple[str, bytes | IO[bytes]]
"""A file's path in the archive and its content, as a whole or as an open file that is read from its beginning."""
END = bytes(2 * tarfile.BLOCKSIZE)
LONGEST_END = 2 * tarfile.RECORDSIZE
"""Writers fill the last record of 10 KiB with zeros."""
LARGEST = 1 << 28
"""Bytes of one file of an archive, which is read whole: a small archive may unpack to more than there is memory."""
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)


def tar(members: Iterable[Member]) -> Iterator[bytes]:
    """The archive in pieces, to be sent as they come: nothing is kept of a member once it is written."""
    for name, content in members:
        info = tarfile.TarInfo(name)
        info.size = len(content) if isinstance(content, bytes) else content.seek(0, os.SEEK_END)
        yield info.tobuf(tarfile.PAX_FORMAT)
        yield from _pieces(content)
        yield bytes(-info.size % tarfile.BLOCKSIZE)
    yield END


def unpacked(members: Iterable[Member], folder: Path) -> None:
    """The same files in a folder."""
    made: set[str] = set()
    for name, content in members:
        parent, _, _ = name.rpartition("/")
        if parent not in made:
            (folder / parent).mkdir(parents=True, exist_ok=True)
            made.add(parent)
        with (folder / name).open("wb") as file:
            file.writelines(_pieces(content))


def files(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """The wanted files of a folder (by name), a tar or a zip (as they stand there), each with its path inside.

    Raises :class:`FormatError` where the archive is cut off or broken.
    """
    try:
        if path.is_dir():
            yield from _of_folder(path, wanted)
        elif zipfile.is_zipfile(path):
            yield from _of_zip(path, wanted)
        else:
            yield from _of_tar(path, wanted)
    except _BROKEN as error:
        raise FormatError(
            f"{path}: neither a folder nor a whole tar or zip ({error}). Export or fetch it again."
        ) from error


def _of_folder(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    for folder, folders, names in os.walk(path):
        folders.sort()
        inside = Path(folder).relative_to(path)
        for name in sorted(names):
            if wanted(found := (inside / name).as_posix()):
                yield found, Path(folder, name).read_bytes()


def _of_zip(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir() and wanted(info.filename):
                _check_size(info.filename, info.file_size, path)
                yield info.filename, archive.read(info)


def _of_tar(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    for name, size, content in _opened(path, wanted):
        _check_size(name, size, path)
        yield name, content.read()


def _check_size(name: str, size: int, path: Path) -> None:
    if size > LARGEST:
        raise FormatError(
            f"{path}: {name} has {size} bytes, more than {LARGEST}. Unpack the archive and give that file."
        )


def _opened(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, int, IO[bytes]]]:
    """The wanted files of a tar with their sizes, each to be read before the next."""
    with tarfile.open(path, "r|*") as archive:
        for info in archive:
            # What is passed must not be kept: an archive may hold millions.
            archive.members = []  # type: ignore[attr-defined]
            content = archive.extractfile(info) if info.isfile() and wanted(info.name) else None
            if content is not None:
                yield info.name.removeprefix("./"), info.size, content
        stopped = int(archive.offset)
    # Python takes a broken header, and a missing end, for the end of the archive.
    with path.open("rb") as file:
        plain = file.read(262)[257:] == b"ustar"
        file.seek(stopped)
        rest = file.read(LONGEST_END)
        if plain and (len(rest) < len(END) or any(rest)):
            raise EOFError(f"it is cut off or broken at byte {stopped}")


def _pieces(content: bytes | IO[bytes]) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
    else:
        content.seek(0)
        yield from iter(lambda: content.read(BLOCK), b"")


def lines(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """The lines of a text that are not blank, each with where it stands. Raises :class:`FormatError`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"{name}: not UTF-8 at byte {error.start + 1}. Save the file as UTF-8.") from error
    for number, line in enumerate(io.StringIO(text), start=1):
        if line.strip():
            yield f"{name}:{number}", line


@contextmanager
def extracted(path: Path, wanted: Callable[[str], bool]) -> Iterator[Path]:
    """The folder itself, or a temporary one with the wanted files of an archive, by their bare names."""
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="looktag-archive-") as folder:
        try:
            for name, _, content in _opened(path, wanted):
                with Path(folder, Path(name).name).open("wb") as file:
                    shutil.copyfileobj(content, file)
        except _BROKEN as error:
            raise FormatError(
                f"{path}: neither a folder nor a whole tar ({error}). Export or fetch it again."
            ) from error
        yield Path(folder)
