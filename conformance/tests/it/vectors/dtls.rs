//! Keys for SRTP by DTLS (RFC 5764, RFC 5705), with OpenSSL and GnuTLS as the other side. What they
//! print is what libsrtp2 is given, and the engine's packets have to pass: its keys are the same,
//! or nothing is authentic.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use lapwing_conformance::browser::find_program;
use lapwing_conformance::skip;
use tempfile::TempDir;

use super::call::Call;
use super::hex::bytes;
use super::libsrtp::{Libsrtp, Profile};

/// How long a handshake over loopback may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A wait for a datagram, in which virtual time goes on too.
const GLANCE: Duration = Duration::from_millis(5);

const LABEL: &str = "EXTRACTOR-dtls_srtp";

/// A program that speaks DTLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    OpensslClient,
    OpensslServer,
    GnutlsClient,
}

impl Tool {
    fn begins(self) -> bool {
        self != Tool::OpensslServer
    }

    fn program(self) -> &'static str {
        match self {
            Tool::OpensslClient | Tool::OpensslServer => "openssl",
            Tool::GnutlsClient => "gnutls-cli",
        }
    }

    /// How it is started, towards this port or at it.
    fn command(self, profile: Profile, port: u16, folder: &Path) -> Command {
        let mut command = Command::new(self.program());
        let length = (2 * profile.key_bytes()).to_string();
        let address = format!("127.0.0.1:{port}");
        match self {
            Tool::OpensslClient => command.args(["s_client", "-connect", &address]),
            Tool::OpensslServer => command.args(["s_server", "-Verify", "1", "-accept", &address]),
            Tool::GnutlsClient => command
                .args(["--udp", "--insecure", "--x509keyfile", "key.pem", "--x509certfile"])
                .args(["certificate.pem", "--srtp-profiles", "SRTP_AES128_CM_HMAC_SHA1_80"])
                .args(["--keymatexport", LABEL, "--keymatexportsize", &length])
                .args(["-p", &port.to_string(), "127.0.0.1"]),
        };
        if self != Tool::GnutlsClient {
            command
                .args(["-dtls1_2", "-cert", "certificate.pem", "-key", "key.pem", "-use_srtp"])
                .arg(profile.openssl_name())
                .args(["-keymatexport", LABEL, "-keymatexportlen", &length]);
        }
        command.current_dir(folder);
        command
    }
}

/// The program at work. It ends with this.
struct Running {
    child: Child,
    lines: Receiver<String>,
    input: Option<ChildStdin>,
    printed: Vec<String>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it was found on the path");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take();
        Running { child, lines, input, printed: Vec::new() }
    }

    /// The keys that it prints: at the latest at its end, for which it is given a few seconds.
    fn material(&mut self) -> Vec<u8> {
        self.input = None;
        let end = Instant::now() + PATIENCE;
        while let Ok(line) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            let line = line.trim().to_owned();
            for start in ["Keying material: ", "- Key material: "] {
                if let Some(hex) = line.strip_prefix(start) {
                    return bytes(hex);
                }
            }
            self.printed.push(line);
        }
        panic!("no keys were printed:\n{}", self.printed.join("\n"));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A key and a certificate of it in a folder, and the certificate's fingerprint.
fn identity(folder: &Path) -> String {
    let run = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).current_dir(folder).output();
        let output = output.expect("openssl was found on the path");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let curve = "ec_paramgen_curve:prime256v1";
    run(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        curve,
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "certificate.pem",
        "-days",
        "30",
        "-subj",
        "/CN=peer",
    ]);
    let printed = run(&["x509", "-in", "certificate.pem", "-noout", "-fingerprint", "-sha256"]);
    printed.trim().split_once('=').expect("a name and a fingerprint").1.to_owned()
}

/// A port of loopback that nothing has now.
fn free_port() -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.local_addr().expect("it is bound").port()
}

/// A call whose handshake this program did, and the keys that the program has from it.
pub(super) fn handshake(tool: Tool, profile: Profile) -> (Call, Vec<u8>) {
    let folder = TempDir::new().expect("room for two files");
    let fingerprint = identity(folder.path());
    let mut call = Call::new(&fingerprint, tool.begins());
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.set_read_timeout(Some(GLANCE)).expect("a timeout above zero");
    let port = if tool.begins() { socket.local_addr().expect("bound").port() } else { free_port() };
    let mut peer = (!tool.begins()).then(|| (Ipv4Addr::LOCALHOST, port).into());
    let mut running = Running::start(tool.command(profile, port, folder.path()));
    let end = Instant::now() + PATIENCE;
    let mut datagram = [0; 2048];
    while call.srtp_cipher().is_none() || !call.dtls.is_empty() {
        assert!(Instant::now() < end, "no handshake with {tool:?} in {PATIENCE:?}");
        // A server that is not there yet refuses them, and they are sent again.
        while let (Some(peer), Some(flight)) = (peer, call.dtls.pop_front()) {
            let _ = socket.send_to(&flight, peer);
        }
        if let Ok((count, from)) = socket.recv_from(&mut datagram) {
            peer = Some(from);
            call.deliver(&datagram[..count]);
        }
        call.turn();
    }
    let material = running.material();
    assert_eq!(material.len(), 2 * profile.key_bytes());
    (call, material)
}

/// Whether the programs are here; what is missing is noted.
pub(super) fn has(test: &str, programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| find_program(&[program]).is_none());
    if let Some(missing) = missing {
        skip::note(test, &format_args!("no {missing}"));
    }
    missing.is_none()
}

fn agree(test: &str, tool: Tool, profiles: &[Profile]) {
    if !has(test, &["openssl", tool.program()]) {
        return;
    }
    for profile in profiles {
        let (mut call, material) = handshake(tool, *profile);
        assert_eq!(call.srtp_cipher(), Some(profile.cipher()));
        let Some(mut peer) = Libsrtp::of_peer(test, *profile, &material, tool.begins()) else {
            return;
        };
        call.write(1);
        call.turn();
        let packet = call.rtp.pop_front().expect("a frame was written");
        peer.ask("unprotect", &packet).expect("under the keys that were printed");
        let mut altered = material.clone();
        altered[0] ^= 1;
        altered[profile.key_bytes() - profile.salt_bytes()] ^= 1;
        let other = Libsrtp::of_peer(test, *profile, &altered, tool.begins());
        let refusal = other.expect("it was there before").ask("unprotect", &packet);
        assert!(refusal.is_err(), "one bit of the key counts");
    }
}

#[test]
fn an_openssl_client_has_our_keys() {
    agree("an_openssl_client_has_our_keys", Tool::OpensslClient, &Profile::ALL);
}

#[test]
fn an_openssl_server_has_our_keys() {
    agree("an_openssl_server_has_our_keys", Tool::OpensslServer, &Profile::ALL);
}

/// The version in Debian 12 knows one of our profiles.
#[test]
fn a_gnutls_client_has_our_keys() {
    let profiles = [Profile::Aes128CmSha1_80];
    agree("a_gnutls_client_has_our_keys", Tool::GnutlsClient, &profiles);
}
