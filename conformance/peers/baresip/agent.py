"""A baresip that runs on a configuration of its own, and what it tells in its log."""

import asyncio
import ctypes
import pathlib
import re
import shutil
import signal
import socket
import struct
import tempfile
import wave

import numpy

from tones import Listener, Tone

RATE = 48000
SECONDS = 180  # as long as a call can last before the tone ends: baresip reads the whole file first
HEADER = 44  # bytes of a WAV file before its samples
MODULES = "/usr/lib/baresip/modules"
SDP_CODECS = {"opus": "opus/48000/2", "PCMU": "pcmu/8000/1", "PCMA": "pcma/8000/1"}

# What the library calls the profiles, and what RFC 5764 and RFC 7714 call them.
PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": "SRTP_AES128_CM_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32": "SRTP_AES128_CM_HMAC_SHA1_32",
    "AEAD_AES_128_GCM": "SRTP_AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM": "SRTP_AEAD_AES_256_GCM",
}

CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{port}
call_local_timeout 60
audio_player aubridge,echo
audio_source {source}
audio_alert aufile,/dev/null
ausrc_srate {rate}
auplay_srate {rate}
ausrc_channels 2
auplay_channels 2
audio_txmode poll
audio_level no
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
audio_buffer 20-160
rtp_tos 184
rtcp_mux yes
jitter_buffer_delay 1-5
opus_bitrate 64000
statmode_default off
module_path {modules}
module opus.so
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {folder}
module ice.so
module dtls_srtp.so
module_tmp account.so
module_app menu.so
"""
ACCOUNT = (
    "<sip:peer@127.0.0.1>;regint=0;answermode=auto;medianat=ice;mediaenc=dtls_srtp;"
    "audio_codecs={codecs}\n"
)


def _die_with_parent():
    # PR_SET_PDEATHSIG: baresip goes when this program is killed and has no time to end it.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Agent:
    """The process, its folder and its log."""

    def __init__(self, tell):
        self._tell = tell
        self._folder = None
        self._process = None
        self._reading = None
        self._listening = None
        self.port = 0
        self.log = []
        self.facts = {}
        self.codec = None
        self._last = ""  # what OpenSSL said last
        self.ready = asyncio.Event()

    async def start(self, wanted, commands):
        """Starts it with the media that were asked for, to run these commands."""
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="baresip-"))
        self.port = _free_port()
        echo = wanted.get("content") == "echo"
        source = "aubridge,echo" if echo else f"aufile,{self._folder}/tone.wav"
        if not echo:
            self._write_tone(wanted.get("tone_hz", 440))
        config = CONFIG.format(
            port=self.port, source=source, folder=self._folder, rate=RATE, modules=MODULES
        )
        codecs = ",".join(SDP_CODECS[name] for name in wanted.get("codecs") or SDP_CODECS)
        (self._folder / "config").write_text(config)
        (self._folder / "accounts").write_text(ACCOUNT.format(codecs=codecs))
        (self._folder / "contacts").write_text("")
        arguments = ["-f", str(self._folder), "-v"]
        for command in commands:
            arguments += ["-e", command]
        self._process = await asyncio.create_subprocess_exec(
            "baresip",
            *arguments,
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            preexec_fn=_die_with_parent,
        )
        self._reading = asyncio.create_task(self._read())
        await asyncio.wait_for(self.ready.wait(), 10)

    def _write_tone(self, hz):
        # Not by `ausine`, whose level is not ours to choose.
        samples = Tone(hz, RATE).samples(RATE * SECONDS)
        with wave.open(str(self._folder / "tone.wav"), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.repeat(2).tobytes())

    def heard(self):
        """The measure of the last half second that it decoded: its filter `sndfile` writes all of it down,
        before the player, which is a bridge that leads nowhere unless there is an echo."""
        paths = sorted(self._folder.glob("dump-*-dec.wav")) if self._folder else []
        if not paths:
            return {}
        path = paths[-1]
        with path.open("rb") as file:
            # The sizes in the header are right only at the end; rate and channels are from the start.
            head = file.read(HEADER)
            if len(head) < HEADER:
                return {}
            channels, rate = struct.unpack_from("<HI", head, 22)
            frame = 2 * channels
            half = rate // 2 * frame
            size = (path.stat().st_size - HEADER) // frame * frame
            file.seek(HEADER + max(0, size - half))
            samples = numpy.frombuffer(file.read(min(size, half)), numpy.int16)
        listener = Listener()
        listener.hear(samples[::channels], rate)
        return listener.report()

    async def stop(self):
        """Ends the process, and takes its folder away."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 1)
            except asyncio.TimeoutError:
                process.kill()
                await process.wait()
        if self._reading is not None:
            self._reading.cancel()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _read(self):
        rest = ""
        while piece := await self._process.stdout.read(4096):
            # It colours its warnings, and echoes commands without an end of line.
            text = re.sub(r"\x1b\[[0-9;]*m", "", rest + piece.decode("utf-8", "replace"))
            *lines, rest = re.split(r"[\r\n]+", text)
            for line in lines:
                self.log = [*self.log[-500:], line]
                print(line)
                self._learn(line)
        self._tell("closed", f"baresip ended with {await self._process.wait()}")

    def _learn(self, line):
        if "baresip is ready" in line:
            self.ready.set()
        elif match := re.search(r"start DTLS (client|server)", line):
            self.facts["dtls_role"] = match[1]
        elif match := re.search(r"DTLS-SRTP complete .*Profile=(\S+)", line):
            # It is built with an OpenSSL whose DTLS ends at 1.2, and offers nothing older.
            self.facts["dtls"] = "1.2"
            self.facts["srtp"] = PROFILES.get(match[1], match[1])
            self._tell("connected", "")
        elif match := re.search(r"Succeeded .*:(\w+):(\S+) <---> (\w+):(\S+)", line):
            kinds = match[1], match[3]
            self.facts["local"], self.facts["remote"] = match[2], match[4]
            self.facts["local_type"], self.facts["remote_type"] = kinds
        elif "aufile: loaded" in line:
            # It has it in memory now; nothing large is left behind when this program is killed.
            (self._folder / "tone.wav").unlink(missing_ok=True)
        elif match := re.search(r"Set audio decoder: (\w+)", line):
            self.codec = match[1]
        elif "no remote candidates found" in line:
            # It wants a default destination (`c=` and the port) that is one of the candidates, as RFC 8839
            # has it of a description that is complete; 0.0.0.0 and port 9 are a mismatch to it, after which
            # it goes on without ICE. A gateway that writes them anew would hide that: the line is kept.
            self._last = line
        elif "ICE not supported by peer" in line:
            self._tell("failed", f"{line}: {self._last}")
        elif re.search(r"failed|error|mismatch|could not start", line):
            self._trouble(line)

    def _trouble(self, line):
        fatal = ("dtls_accept failed", "dtls_connect() failed", "fingerprint mismatch", "check failed")
        if "SSL routines" in line:
            self._last = line.partition("SSL routines:")[2]
        elif any(word in line for word in fatal) or "could not start" in line:
            self._tell("failed", f"{line} {self._last}".strip())
