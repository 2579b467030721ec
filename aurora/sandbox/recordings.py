"""Recorded exchanges, read from a folder: an index of files, VCR cassettes, or lists of request/response pairs."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aurora.sandbox.errors import SandboxError

_NUMBER_MARK = "\ue000"
# What belongs to the connection, not to the recording.
_HOP_HEADERS = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "date", "vary"}
)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One recorded exchange. ``path`` is None where any path will do (a bare JSON-RPC pair)."""

    method: str
    path: str | None
    query: tuple[tuple[str, str], ...]
    request_key: str | None
    is_rpc: bool
    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def read_recordings(folder: Path) -> list[Recording]:
    """Every recording in a folder.

    Raises:
        SandboxError: the folder is missing, an index is malformed or names a missing file, or nothing is recorded.
    """
    if not folder.is_dir():
        raise SandboxError(f"replay folder {folder} does not exist; name a folder of recorded responses")
    index = folder / "index.json"
    found = list(_from_index(index) if index.is_file() else _from_files(folder))
    if not found:
        raise SandboxError(
            f"replay folder {folder} holds no recordings; "
            "it needs an index.json, VCR cassettes or request/response pairs"
        )
    return found


def request_key(body: bytes | str | None) -> tuple[str | None, bool]:
    """(what identifies a body, whether it is JSON-RPC): JSON without key order, and without ``id`` and ``jsonrpc``."""
    if not body:
        return None, False
    try:
        value = json.loads(body, parse_float=_marked)
    except ValueError:
        text = body.decode(errors="replace") if isinstance(body, bytes) else body
        return text, False
    is_rpc = isinstance(value, dict) and isinstance(value.get("method"), str)
    if is_rpc:
        value = {name: inner for name, inner in value.items() if name not in ("id", "jsonrpc")}
        value.setdefault("params", [])
    return json.dumps(value, sort_keys=True, separators=(",", ":")), is_rpc


def query_key(query: str) -> tuple[tuple[str, str], ...]:
    """A query string without its order."""
    return tuple(sorted(parse_qsl(query, keep_blank_values=True)))


def _recording(method: str, url: str | None, sent: Any, *, status: int, body: bytes, **more: Any) -> Recording:
    parts = urlsplit(url or "")
    key, is_rpc = request_key(sent if isinstance(sent, bytes | str) or sent is None else json.dumps(sent))
    return Recording(
        method=method.upper(),
        path=None if url is None else parts.path,
        query=query_key(parts.query),
        request_key=key,
        is_rpc=is_rpc,
        status=status,
        body=body,
        **more,
    )


def _from_index(index: Path) -> Iterator[Recording]:
    try:
        entries = json.loads(index.read_bytes())
        for entry in entries:
            yield _recording(
                entry["method"],
                entry["url"],
                entry.get("request_body"),
                status=int(entry.get("status", 200)),
                body=(index.parent / entry["file"]).read_bytes(),
                content_type=entry.get("content_type") or "application/json",
                headers={**(entry.get("headers") or {}), **(entry.get("ratelimit_headers") or {})},
            )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SandboxError(
            f"replay index {index} is malformed ({type(error).__name__}: {error}); "
            "it is a list of file, method, url, request_body, status, content_type"
        ) from error
    except OSError as error:
        raise SandboxError(f"replay index {index} names a file that cannot be read ({error}); add it") from error


def _from_files(folder: Path) -> Iterator[Recording]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yml", ".yaml"):
            yield from _from_cassette(path)
        elif path.suffix == ".json":
            yield from _from_pairs(path)


def _from_cassette(path: Path) -> Iterator[Recording]:
    import yaml

    try:
        cassette = yaml.safe_load(path.read_bytes())
    except yaml.YAMLError as error:
        raise SandboxError(f"replay cassette {path} is not YAML; remove or correct it") from error
    if not isinstance(cassette, dict):
        return
    for interaction in cassette.get("http_interactions") or cassette.get("interactions") or []:
        request, response = interaction["request"], interaction["response"]
        headers = {name.lower(): _first(value) for name, value in (response.get("headers") or {}).items()}
        yield _recording(
            request["method"],
            request["uri"],
            _text(request.get("body")),
            status=int(response["status"]["code"]),
            body=_text(response.get("body")) or b"",
            content_type=headers.pop("content-type", "application/json"),
            headers={name: value for name, value in headers.items() if name not in _HOP_HEADERS},
        )


def _from_pairs(path: Path) -> Iterator[Recording]:
    try:
        pairs = json.loads(path.read_bytes(), parse_float=_marked)
    except ValueError:
        return
    for pair in pairs if isinstance(pairs, list) else []:
        if isinstance(pair, dict) and isinstance(pair.get("request"), dict) and "response" in pair:
            sent = _unmarked(json.dumps(pair["request"]))
            body = _unmarked(json.dumps(pair["response"], separators=(",", ":"), ensure_ascii=False))
            yield _recording("POST", None, sent, status=200, body=body.encode())


def _first(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value)


def _text(body: Any) -> bytes | None:
    """A body in a cassette: text, bytes, or an object that holds them as ``string`` or in base64."""
    if isinstance(body, dict):
        if "base64_string" in body:
            return base64.b64decode(body["base64_string"])
        body = body.get("string")
    return body.encode() if isinstance(body, str) else body


# A number with a fraction keeps its own characters on the way through: as text between two marks.
def _marked(number: str) -> str:
    return f"{_NUMBER_MARK}{number}{_NUMBER_MARK}"


def _unmarked(text: str) -> str:
    mark = f"(?:{_NUMBER_MARK}|\\\\ue000)"
    return re.sub(f'"{mark}(.*?){mark}"', r"\1", text)
