//! Network namespaces, in which browsers, native peers and servers meet apart from the machine's
//! own networks.
//!
//! A namespace belongs to a thread: sockets that the thread opens and programs that it starts are
//! born in it. So a whole test runs inside with [`Namespace::run`], its servers, native peers and
//! browsers alike, and nothing needs a second machine or a bridge.
//!
//! The loopback interface of a namespace has 127.0.0.1, and [`ADDRESS`] with the default route:
//! Firefox gathers no candidates without a route and an address that is not loopback. Nothing
//! leaves the namespace. Pages from 127.0.0.1 are secure contexts in both browsers, so
//! `getUserMedia` is there.

use crate::programs::{find_program, maker_is_gone};
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fmt;
use std::fs::File;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The address in each namespace that is not loopback by its number.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 9, 9, 1);

/// Where `ip netns` keeps namespaces that have a name.
const NAMED: &str = "/run/netns";

/// Names start so; then the process that made it and a number follow.
const PREFIX: &str = "lapwing-";

/// Why this machine gives no namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// Only root may make namespaces.
    NotRoot,
    /// The program `ip` is missing.
    NoIp,
    /// `ip` was refused; its own words.
    Refused(String),
}

impl fmt::Display for Unavailable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRoot => out.write_str("network namespaces need root"),
            Self::NoIp => out.write_str("the program ip (package iproute2) is missing"),
            Self::Refused(words) => write!(out, "no network namespace: {words}"),
        }
    }
}

impl std::error::Error for Unavailable {}

/// A network namespace, deleted on drop.
///
/// ```no_run
/// use lapwing_conformance::netns::{ADDRESS, Namespace};
/// use std::net::UdpSocket;
///
/// let namespace = Namespace::create()?;
/// let socket = namespace.run(|| UdpSocket::bind((ADDRESS, 0)));
/// assert!(socket.is_ok());
/// # Ok::<(), lapwing_conformance::netns::Unavailable>(())
/// ```
#[derive(Debug)]
pub struct Namespace {
    name: String,
    handle: File,
}

impl Namespace {
    /// Makes a namespace with its addresses and its route. Namespaces that tests left behind,
    /// because they were killed, are deleted first.
    ///
    /// # Errors
    /// [`Unavailable`] where this machine does not let us.
    pub fn create() -> Result<Self, Unavailable> {
        let namespace = Self::bare()?;
        namespace.run(|| {
            let address = ADDRESS.to_string();
            ip(&["address", "add", &format!("{address}/32"), "dev", "lo"])?;
            ip(&["route", "add", "default", "dev", "lo", "src", &address])
        })?;
        Ok(namespace)
    }

    /// As [`Self::create`], with nothing but the loopback interface and its own addresses.
    ///
    /// # Errors
    /// [`Unavailable`] where this machine does not let us.
    pub fn bare() -> Result<Self, Unavailable> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let user = std::fs::metadata("/proc/self").map(|process| process.uid());
        if !user.is_ok_and(|id| id == 0) {
            return Err(Unavailable::NotRoot);
        }
        delete_abandoned();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        ip(&["netns", "add", &name])?;
        let handle = match File::open(Path::new(NAMED).join(&name)) {
            Ok(handle) => handle,
            Err(error) => {
                delete(&name);
                return Err(Unavailable::Refused(error.to_string()));
            }
        };
        let namespace = Self { name, handle };
        // Run inside, because `ip -n` mounts over `/sys` on its way, which not every container lets
        // it.
        namespace.run(|| ip(&["link", "set", "lo", "up"]))?;
        Ok(namespace)
    }

    /// Its name, as `ip netns` knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs `work` on a thread inside the namespace and returns what it gives. Sockets opened,
    /// threads and programs started by `work` are inside too. A panic in `work` goes on in the
    /// caller.
    ///
    /// # Panics
    /// If the thread cannot enter: a caller who made the namespace has the right to.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let name = std::thread::current().name().unwrap_or("namespace").to_owned();
        std::thread::scope(|scope| {
            let inside = || {
                let network = Some(LinkNameSpaceType::Network);
                move_into_link_name_space(self.handle.as_fd(), network)
                    .expect("who may make a namespace may enter it");
                work()
            };
            let thread = std::thread::Builder::new().name(name).spawn_scoped(scope, inside);
            let thread = thread.expect("the machine has room for a thread");
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Kills what still runs inside: programs that were started there, and what they left behind.
    pub fn end_programs(&self) {
        end_programs(&self.name);
    }

    /// Starts a thread inside the namespace, for work that outlives the caller's.
    ///
    /// # Errors
    /// When the machine has no room for a thread.
    pub fn spawn(&self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let handle = self.handle.try_clone()?;
        std::thread::Builder::new().name(self.name.clone()).spawn(move || {
            move_into_link_name_space(handle.as_fd(), Some(LinkNameSpaceType::Network))
                .expect("who may make a namespace may enter it");
            work();
        })?;
        Ok(())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        delete(&self.name);
    }
}

pub(crate) fn ip(words: &[&str]) -> Result<(), Unavailable> {
    let program = ip_program().ok_or(Unavailable::NoIp)?;
    let output = Command::new(program).args(words).stdin(Stdio::null()).output();
    let output = output.map_err(|error| Unavailable::Refused(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Unavailable::Refused(format!("ip {}: {}", words.join(" "), said.trim())))
}

/// Where `ip` lies; the folders that only root has on its path count too.
fn ip_program() -> Option<PathBuf> {
    find_program(&["ip"])
}

fn delete(name: &str) {
    // What cannot be deleted now is found abandoned by the next run.
    let _ = ip(&["netns", "delete", name]);
}

/// Ends what still runs in a namespace: nobody is left to do so, and its devices live as long.
fn end_programs(name: &str) {
    let Some(program) = ip_program() else { return };
    let output = Command::new(program).args(["netns", "pids", name]).stdin(Stdio::null()).output();
    let Ok(output) = output else { return };
    for word in String::from_utf8_lossy(&output.stdout).split_whitespace() {
        if let Some(process) = word.parse().ok().and_then(Pid::from_raw) {
            // One that ended meanwhile is what is wanted.
            let _ = kill_process(process, Signal::KILL);
        }
    }
}

fn delete_abandoned() {
    let Ok(entries) = std::fs::read_dir(NAMED) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.strip_prefix(PREFIX).is_some_and(maker_is_gone) {
            end_programs(&name);
            delete(&name);
        }
    }
}
