"""A Zenodo on the loopback: a DOI resolver, the record API, redirects, file links, ranges.

Each answer to a request for a file's bytes follows the next word of a script, so that a test can
say "break off, then behave". `route` sends requests for doi.org and zenodo.org here; the program
under test is the production code, unchanged.
"""

import hashlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from requests.adapters import HTTPAdapter

HOSTS = ("doi.org", "zenodo.org")
RECORD = "3986580"
DOI = f"10.5281/zenodo.{RECORD}"


class Zenodo:
    """The server; use it as a context manager.

    Attributes
    ----------
    files : dict
        What the record holds: bytes by name.
    checksums : dict
        md5 sums that the record publishes instead of the true ones.
    script : list of str
        How the next requests for bytes are answered; the last word goes on for ever. The empty
        script is "ok".
    record_script : list of str
        The same for requests for the record.
    requests : list of tuple
        Path and Range header of every request for bytes.
    most_at_once : int
        The largest number of files that were being sent at the same time.
    """

    def __init__(self, **files: bytes):
        self.files = dict(files)
        self.checksums: dict[str, str] = {}
        self.script: list[str] = []
        self.record_script: list[str] = []
        self.requests: list[tuple[str, str | None]] = []
        self.at_once = self.most_at_once = 0
        self.agents: set[str] = set()
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.zenodo = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def url(self, name: str) -> str:
        """Address of a file that needs neither DOI nor routing."""
        return f"http://127.0.0.1:{self.port}/zenodo.org/storage/{name}"

    def __enter__(self) -> "Zenodo":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def next_word(script: list[str]) -> str:
    if not script:
        return "ok"
    return script.pop(0) if len(script) > 1 else script[0]


def route(port: int) -> Callable[[], None]:
    """Send requests for doi.org and zenodo.org to a loopback port; return what undoes it."""
    original = HTTPAdapter.send

    def send(self: HTTPAdapter, request: Any, *args: Any, **options: Any) -> Any:
        url = request.url
        parts = urlsplit(url)
        if parts.hostname not in HOSTS:
            return original(self, request, *args, **options)
        query = f"?{parts.query}" if parts.query else ""
        request.url = f"http://127.0.0.1:{port}/{parts.hostname}{parts.path}{query}"
        try:
            response = original(self, request, *args, **options)
        finally:
            request.url = url
        response.url = url
        return response

    HTTPAdapter.send = send

    def undo() -> None:
        HTTPAdapter.send = original

    return undo


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    zenodo: Zenodo

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: clients that break off are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        zenodo = self.server.zenodo
        zenodo.agents.add(self.headers.get("User-Agent", ""))
        path = unquote(urlsplit(self.path).path)
        if path == f"/doi.org/{DOI}":
            self.redirect(f"https://zenodo.org/doi/{DOI}")
        elif path == f"/zenodo.org/doi/{DOI}":
            self.redirect(f"https://zenodo.org/records/{RECORD}")
        elif path == f"/zenodo.org/records/{RECORD}":
            self.answer(200, b"<!doctype html><title>A record</title>", "text/html")
        elif path == f"/zenodo.org/api/records/{RECORD}":
            self.misbehave(next_word(zenodo.record_script), self.record)
        elif path.endswith("/content"):
            self.redirect(f"https://zenodo.org/storage/{path.split('/')[-2]}")
        elif path.startswith("/zenodo.org/storage/"):
            with zenodo.lock:
                zenodo.requests.append((path, self.headers.get("Range")))
                word = next_word(zenodo.script)
            self.misbehave(word, self.file)
        else:
            self.answer(404, b"not here", "text/plain")

    def misbehave(self, word: str, behave: Callable[..., None]) -> None:
        """Answer as one word of a script says; `behave` is the proper answer."""
        page = b"<!DOCTYPE html><html><body>Down for maintenance</body></html>"
        match word.split():
            case ["ok"]:
                behave()
            case ["status", status]:
                self.answer(int(status), page, "text/html")
            case ["wait", status, seconds]:
                self.answer(int(status), page, "text/html", {"Retry-After": seconds})
            case ["page"]:
                self.answer(200, page, "text/html")
            case ["hidden_page"]:
                self.answer(200, page, "application/octet-stream")
            case ["loop"]:
                self.redirect(self.path)
            case ["trickle"]:
                self.trickle()
            case ["length", length]:
                self.answer(200, b"some bytes", "image/tiff", {"Content-Length": length})
                time.sleep(1)
            case ["silence", seconds]:
                time.sleep(float(seconds))
            case _:
                behave(word)

    def trickle(self) -> None:
        """Send a byte now and then, for longer than anybody should wait."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(50):
            self.wfile.write(b" ")
            time.sleep(0.1)

    def redirect(self, location: str) -> None:
        self.answer(302, b"", "text/html", {"Location": location})

    def answer(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        always = {"Content-Type": kind, "Content-Length": str(len(body))}
        for name, value in (always | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def record(self) -> None:
        zenodo = self.server.zenodo
        base = f"https://zenodo.org/api/records/{RECORD}/files"
        files = [
            {
                "key": name,
                "size": len(content),
                "checksum": "md5:" + zenodo.checksums.get(name, hashlib.md5(content).hexdigest()),
                "links": {"self": f"{base}/{name}/content"},
            }
            for name, content in zenodo.files.items()
        ]
        body = json.dumps({"id": int(RECORD), "files": files}).encode()
        self.answer(200, body, "application/json")

    def file(self, fault: str = "") -> None:
        """Send a file with the headers that Zenodo sends, or half of it with a fault."""
        zenodo = self.server.zenodo
        content = zenodo.files.get(unquote(urlsplit(self.path).path).split("/")[-1])
        if content is None:
            return self.answer(404, b"not here", "text/plain")
        etag = f'"md5:{hashlib.md5(content).hexdigest()}"'
        asked = self.headers.get("Range")
        start = 0
        if asked and (fault == "careless" or self.headers.get("If-Range") == etag):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        body = content[start:]
        if fault == "short":
            body = body[: len(body) // 2]
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "application/octet-stream")
        if fault != "unsized":
            self.send_header("Content-Length", str(len(body)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if fault != "anonymous_reset":
            self.send_header("ETag", etag)
        self.send_header("Accept-Ranges", "none")  # as Zenodo says, though it serves ranges
        self.send_header("Retry-After", "59")  # likewise, with every answer
        self.end_headers()
        self.send_body(body, fault)

    def send_body(self, body: bytes, fault: str) -> None:
        zenodo = self.server.zenodo
        with zenodo.lock:
            zenodo.at_once += 1
            zenodo.most_at_once = max(zenodo.most_at_once, zenodo.at_once)
        try:
            match fault:
                case "slow":
                    for start in range(0, len(body) - 1, 2**14):
                        time.sleep(0.03)
                        self.wfile.write(body[:-1][start : start + 2**14])
                case "reset" | "anonymous_reset":
                    self.wfile.write(body[: len(body) // 2])
                    time.sleep(0.1)
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                    return
                case "break_off":
                    self.wfile.write(body[: len(body) // 2])
                    return
                case "stall":
                    self.wfile.write(body[: len(body) // 2])
                    time.sleep(3)
                    return
                case _:
                    self.wfile.write(body[:-1])
        finally:
            with zenodo.lock:
                zenodo.at_once -= 1
        self.wfile.write(body[-1:])  # the client cannot have ended before it is counted out
