//! The STUN and TURN server, in its namespace.

use std::fmt;
use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Authority, Laboratory, NatError, system};

/// Its ports: STUN and TURN over UDP and TCP, and over TLS.
pub(super) const PORT: u16 = 3478;
/// See [`PORT`].
pub(super) const TLS_PORT: u16 = 5349;
/// Who may have a relay.
pub(super) const USER: &str = "lapwing";
/// See [`USER`].
pub(super) const PASSWORD: &str = "secret";

/// How long it may take until it listens.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// How often it is tried.
const TRY_EVERY: Duration = Duration::from_millis(50);

/// How long one attempt may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(1);

/// Whose server stands on the street.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// Somebody else's.
    Coturn,
    /// `lapwing turn`.
    Lapwing,
}

impl fmt::Display for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Server::Coturn => "coturn",
            Server::Lapwing => "lapwing turn",
        })
    }
}

/// A running server, ended on drop.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
}

impl Running {
    /// Starts it and waits until it listens. What it says goes into `log`.
    ///
    /// # Errors
    /// [`NatError`] when it is not here or does not listen in time.
    pub(super) fn start(
        server: Server,
        lapwing: &Path,
        laboratory: &Laboratory,
        authority: &Authority,
        log: &Path,
    ) -> Result<Self, NatError> {
        let failed = |words: String| NatError::Failed(server.to_string(), words);
        let mut command = match server {
            Server::Coturn => {
                let mut command = Command::new(system::find("turnserver", "coturn")?);
                command.args(words_for_coturn(authority, log));
                command
            }
            Server::Lapwing => {
                let mut command = Command::new(lapwing);
                command.arg("turn").args(words_for_ours(authority));
                command
            }
        };
        let file = File::options().create(true).append(true).open(log);
        let file = file.map_err(|error| failed(error.to_string()))?;
        command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(file);
        let child = laboratory.server().run(|| command.spawn());
        let mut running = Self { child: child.map_err(|error| failed(error.to_string()))? };
        let address = SocketAddr::from((Laboratory::server_address(), TLS_PORT));
        let until = Instant::now() + START_TIMEOUT;
        while Instant::now() < until {
            let connect = || TcpStream::connect_timeout(&address, TRY_TIMEOUT);
            if laboratory.server().run(connect).is_ok() {
                return Ok(running);
            }
            if let Ok(Some(status)) = running.child.try_wait() {
                return Err(failed(status.to_string()));
            }
            std::thread::park_timeout(TRY_EVERY);
        }
        Err(failed("it does not listen".to_owned()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn words_for_coturn(authority: &Authority, log: &Path) -> Vec<String> {
    let address = Laboratory::server_address();
    let [certificate, key] = authority.files();
    let beside = |name: &str| log.with_extension(name).display().to_string();
    let fixed = ["-n", "--no-cli", "--no-dtls", "--lt-cred-mech", "--fingerprint", "--simple-log"];
    let mut words: Vec<String> = fixed.map(str::to_owned).into();
    words.extend([
        format!("--listening-ip={address}"),
        format!("--relay-ip={address}"),
        format!("--listening-port={PORT}"),
        format!("--tls-listening-port={TLS_PORT}"),
        format!("--cert={}", certificate.display()),
        format!("--pkey={}", key.display()),
        format!("--user={USER}:{PASSWORD}"),
        "--realm=lapwing.test".to_owned(),
        "--log-file=stdout".to_owned(),
        format!("--pidfile={}", beside("pid")),
        format!("--userdb={}", beside("db")),
        // It closes an allocation that is asked to reach a network without a route.
        "--denied-peer-ip=10.0.0.0-10.255.255.255".to_owned(),
    ]);
    words
}

fn words_for_ours(authority: &Authority) -> Vec<String> {
    let address = Laboratory::server_address();
    let [certificate, key] = authority.files();
    vec![
        format!("--listen={address}:{PORT}"),
        format!("--tls-listen={address}:{TLS_PORT}"),
        format!("--tls-cert={}", certificate.display()),
        format!("--tls-key={}", key.display()),
        format!("--user={USER}:{PASSWORD}"),
    ]
}
