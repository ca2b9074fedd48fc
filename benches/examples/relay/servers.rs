//! The two servers, each as a process of its own.

use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, UdpSocket};
use std::num::NonZeroUsize;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lapwing_benches::measure::resident_bytes;
use lapwing_drivers::relay::{RelayConfig, RelayServer};
use lapwing_engine::turn::server::Users;

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Lapwing,
    Coturn,
}

/// Ticks of `/proc/PID/stat` in a second: what Linux tells all programs on all usual machines.
const TICKS: u64 = 100;

/// How long a server may take to answer first.
const PATIENCE: Duration = Duration::from_secs(20);

/// A Binding request.
const BINDING: &[u8] = b"\x00\x01\x00\x00\x21\x12\xa4\x42twelve bytes";

/// A running server. Dropping it ends it.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    pub(crate) fn start(kind: Kind) -> Result<Self, Box<dyn Error>> {
        let server = match kind {
            Kind::Lapwing => lapwing()?,
            Kind::Coturn => coturn()?,
        };
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            socket.send_to(BINDING, server.address)?;
            if socket.recv_from(&mut [0; 1500]).is_ok() {
                return Ok(server);
            }
        }
        Err(format!("{kind:?} does not answer").into())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Processor time of all of its threads, in user and in kernel mode.
    pub(crate) fn processor_time(&self) -> Result<Duration, Box<dyn Error>> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name in parentheses may contain anything.
        let (_, after) = stat.rsplit_once(')').ok_or("no name in stat")?;
        let fields: Vec<&str> = after.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<u64>().ok());
        let (user, system) = (ticks(11).ok_or("no utime")?, ticks(12).ok_or("no stime")?);
        Ok(Duration::from_millis((user + system) * 1_000 / TICKS))
    }

    pub(crate) fn resident_bytes(&self) -> Result<usize, Box<dyn Error>> {
        Ok(resident_bytes(self.child.id()).ok_or("no VmRSS")? as usize)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lapwing() -> Result<Server, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    // It ends with its input, also when this program is killed.
    let mut child = command.arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    Ok(Server { child, address: line.trim().parse()? })
}

/// What runs as our server: one thread, like the other.
pub(crate) fn serve() -> Result<(), Box<dyn Error>> {
    let mut config = RelayConfig::new("lapwing", &["127.0.0.1:0".parse()?]);
    config.threads = NonZeroUsize::MIN;
    config.users = Users::default().with_user("ada", "secret");
    config.peers.allowed.push("127.0.0.0/8".parse()?);
    config.limits.allocations_per_user = config.limits.allocations;
    let server = RelayServer::start(config, |fault| eprintln!("{fault}"))?;
    println!("{}", server.listeners()[0].local);
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn coturn() -> Result<Server, Box<dyn Error>> {
    let free = UdpSocket::bind("127.0.0.1:0")?.local_addr()?;
    let port = free.port().to_string();
    let folder = std::env::temp_dir();
    let pid_file = folder.join(format!("relay-bench-{port}.pid")).display().to_string();
    let words = "-n --listening-ip 127.0.0.1 --relay-ip 127.0.0.1 --lt-cred-mech -u ada:secret \
        -r lapwing --allow-loopback-peers --no-cli --no-tls --no-dtls --no-tcp --relay-threads 1 \
        --log-file /dev/null";
    let mut command = Command::new("turnserver");
    command.args(words.split_whitespace()).args(["-p", &port, "--pidfile", &pid_file]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let child = child.map_err(|error| format!("turnserver (package coturn): {error}"))?;
    Ok(Server { child, address: free })
}
