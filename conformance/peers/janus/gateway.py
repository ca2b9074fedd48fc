"""A Janus of our own: its configuration in a temporary folder, its process, and its two APIs over HTTP on loopback.

HTTP and not the Unix socket: that transport reads at most 8 KiB of a request, and descriptions are longer.
"""

import ctypes
import http.client
import json
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

LIBRARIES = pathlib.Path("/usr/lib/x86_64-linux-gnu/janus")
PATIENCE = 10  # seconds for any request


class GatewayError(Exception):
    """Janus answered with an error, or not at all."""


def _free_ports():
    held = [socket.socket() for _ in range(2)]
    for each in held:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def _die_with_parent():
    # Were the harness to end us by SIGKILL, Janus would be left running.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Gateway:
    """Started with what `open` asked for; ended by `stop`."""

    def __init__(self, settings, events, log):
        """`settings` are sections of janus.jcfg; `events` is called with each event, from a thread."""
        self._events = events
        self._log = log
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="janus-"))
        self._port, self._admin_port = _free_ports()
        self._secret = secrets.token_hex(8)
        self._session = self._handle = None
        self._over = threading.Event()
        self._configure(settings)
        self._process = subprocess.Popen(
            ["/usr/bin/janus", "--configs-folder", str(self._folder), "--disable-colors"],
            stdin=subprocess.DEVNULL, stdout=2, preexec_fn=_die_with_parent,
        )
        try:
            self._attach()
        except Exception:
            self.stop()
            raise
        threading.Thread(target=self._listen, daemon=True).start()

    def _configure(self, settings):
        # Only what is linked here is loaded: one plugin, one transport.
        for kind, name in (("plugins", "echotest"), ("transports", "http")):
            (self._folder / kind).mkdir()
            (self._folder / kind / f"libjanus_{name}.so").symlink_to(LIBRARIES / kind / f"libjanus_{name}.so")
        for empty in ("events", "loggers"):
            (self._folder / empty).mkdir()
        general = {
            "configs_folder": str(self._folder), "debug_level": 4, "admin_secret": self._secret, "session_timeout": 0,
        }
        for kind in ("plugins", "transports", "events", "loggers"):
            general[f"{kind}_folder"] = str(self._folder / kind)
        self._write("janus", {"general": general, **settings})
        self._write("janus.transport.http", {
            "general": {"json": "compact", "http": True, "port": self._port, "ip": "127.0.0.1", "https": False},
            "admin": {"admin_http": True, "admin_port": self._admin_port, "admin_ip": "127.0.0.1"},
        })
        self._write("janus.plugin.echotest", {"general": {"events": False}})

    def _write(self, name, sections):
        lines = []
        for section, values in sections.items():
            inside = "".join(f"\t{key} = {json.dumps(value)}\n" for key, value in values.items())
            lines.append(f"{section}: {{\n{inside}}}\n")
        (self._folder / f"{name}.jcfg").write_text("".join(lines), encoding="utf-8")

    def _attach(self):
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self._session = self.ask("", {"janus": "create"})["data"]["id"]
                break
            except OSError as error:
                if self._process.poll() is not None:
                    raise GatewayError(f"Janus ended with {self._process.returncode}") from error
                if time.monotonic() > end:
                    raise GatewayError("Janus does not listen") from error
                time.sleep(0.02)
        attached = self.ask(f"/{self._session}", {"janus": "attach", "plugin": "janus.plugin.echotest"})
        self._handle = attached["data"]["id"]

    def _http(self, port, method, path, body, within):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=within)
        try:
            text = json.dumps(body) if body is not None else None
            connection.request(method, path, text, {"Content-Type": "application/json"})
            reply = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if isinstance(reply, dict) and reply.get("janus") == "error":
            raise GatewayError(reply["error"]["reason"])
        return reply

    def ask(self, path, body):
        """One request of the Janus API; `path` names the session and the handle."""
        body = {"transaction": secrets.token_hex(6), **body}
        return self._http(self._port, "POST", f"/janus{path}", body, PATIENCE)

    def handle(self, body):
        """A request about our one handle."""
        return self.ask(f"/{self._session}/{self._handle}", body)

    def info(self):
        """Everything that Janus tells of the handle."""
        body = {"janus": "handle_info", "transaction": secrets.token_hex(6), "admin_secret": self._secret}
        path = f"/admin/{self._session}/{self._handle}"
        return self._http(self._admin_port, "POST", path, body, PATIENCE)["info"]

    def version(self):
        """What Janus says of itself."""
        return self._http(self._port, "GET", "/janus/info", None, PATIENCE)

    def _listen(self):
        while not self._over.is_set():
            try:
                # Janus answers with a keep-alive every half minute, if nothing else.
                came = self._http(self._port, "GET", f"/janus/{self._session}?maxev=10", None, 45)
            except (OSError, ValueError, http.client.HTTPException, GatewayError) as error:
                if not self._over.is_set():
                    self._log(f"no more events: {error!r}")
                return
            for event in came if isinstance(came, list) else [came]:
                self._events(event)

    def stop(self):
        """Ends Janus."""
        self._over.set()
        if self._process.poll() is None:
            if self._handle is not None:
                try:
                    # So that the other side hears that DTLS is over.
                    self.handle({"janus": "hangup"})
                    time.sleep(0.1)
                except (OSError, http.client.HTTPException, GatewayError) as error:
                    self._log(f"hangup: {error!r}")
            self._process.terminate()
            try:
                self._process.wait(1)
            except subprocess.TimeoutExpired:
                # It waits for its threads, some of which wait for a second each.
                self._process.kill()
                self._process.wait(5)
        shutil.rmtree(self._folder, ignore_errors=True)
