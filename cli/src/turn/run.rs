//! From the command line to a running server.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use lapwing_drivers::relay::{RelayConfig, RelayIdentity, RelayMetrics, RelayServer};
use lapwing_engine::Protocol;
use lapwing_engine::turn::server::Users;
use nix::sys::signal::{SigSet, Signal};

use super::args::Args;
use super::error::TurnFailure;
use crate::outcome::Outcome;

/// How often metrics are printed.
const PRINT_INTERVAL: Duration = Duration::from_secs(10);

/// Port for TLS where none is named (RFC 7065 section 3.2).
const TLS_PORT: u16 = 5349;

/// What ends the server, or a part of it.
enum News {
    Ended,
    Fault(String),
}

/// Serves until the process is told to end.
///
/// # Errors
/// See [`TurnFailure`].
pub fn run(args: Args) -> Outcome {
    let (told, news) = channel();
    // Before any thread starts: they inherit what is blocked.
    await_signals(told.clone()).map_err(TurnFailure::System)?;
    let config = config(&args)?;
    let (threads, serves) = (config.threads.get(), !config.users.is_empty());
    let on_fault = move |fault: &lapwing_drivers::sharded::ShardFault| {
        let _ = told.send(News::Fault(fault.to_string()));
    };
    let server = RelayServer::start(config, on_fault).map_err(TurnFailure::Start)?;
    let page = args.metrics.map(|address| server.serve_metrics(address));
    let page = page.transpose().map_err(TurnFailure::Start)?;
    announce(&server, page.as_ref().map(|page| page.address()), serves, args.json);
    let ended = wait(&server, &news, threads, args.json);
    print(&server.metrics(), args.json);
    drop(page);
    // What failed was told when it did.
    let _ = server.stop();
    Ok(ended?)
}

fn await_signals(told: Sender<News>) -> io::Result<()> {
    let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM].into_iter().collect();
    signals.thread_block()?;
    let wait = move || {
        if signals.wait().is_ok() {
            let _ = told.send(News::Ended);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(wait)?;
    Ok(())
}

fn wait(
    server: &RelayServer,
    news: &Receiver<News>,
    threads: usize,
    json: bool,
) -> Result<(), TurnFailure> {
    let mut dead = 0;
    loop {
        match news.recv_timeout(PRINT_INTERVAL) {
            Ok(News::Ended) => return Ok(()),
            Ok(News::Fault(text)) => {
                eprintln!("lapwing: {text}");
                dead += 1;
                if dead == threads {
                    return Err(TurnFailure::Broken);
                }
            }
            Err(RecvTimeoutError::Timeout) if json => print(&server.metrics(), json),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(TurnFailure::Broken),
        }
    }
}

fn config(args: &Args) -> Result<RelayConfig, TurnFailure> {
    let mut users = Users::default();
    for (name, password) in &args.user {
        users = users.with_user(name, password);
    }
    for secret in &args.secret {
        users = users.with_secret(secret);
    }
    for file in &args.secret_file {
        users = users.with_secret(first_line(file)?);
    }
    let mut config = RelayConfig::new(&args.realm, &args.listen);
    let tcp = args.listen.iter().map(|local| (*local, Protocol::Tcp));
    config.listen.extend(tcp);
    if let (Some(cert), Some(key)) = (&args.tls_cert, &args.tls_key) {
        config.identity = Some(RelayIdentity { certificates: read(cert)?, key: read(key)? });
        let mut tls = args.tls_listen.clone();
        if tls.is_empty() {
            tls.extend(args.listen.iter().map(|local| SocketAddr::new(local.ip(), TLS_PORT)));
            tls.sort_unstable();
            tls.dedup();
        }
        config.listen.extend(tls.into_iter().map(|local| (local, Protocol::Tls)));
    }
    config.users = users;
    config.relay_addresses.clone_from(&args.relay_address);
    config.external.clone_from(&args.external);
    config.ports = args.port_range.clone();
    config.peers.allowed.clone_from(&args.allow_peer);
    config.peers.denied.clone_from(&args.deny_peer);
    config.limits.allocations = args.allocations;
    config.limits.allocations_per_user = args.quota;
    config.alternate = args.alternate;
    config.threads = args.threads.unwrap_or(config.threads);
    Ok(config)
}

fn read(path: &Path) -> Result<Vec<u8>, TurnFailure> {
    std::fs::read(path).map_err(|error| TurnFailure::File(path.to_owned(), error))
}

fn first_line(path: &Path) -> Result<String, TurnFailure> {
    let wrong = |error| TurnFailure::File(path.to_owned(), error);
    let text = std::fs::read_to_string(path).map_err(wrong)?;
    let line = text.lines().next().map(str::trim).filter(|line| !line.is_empty());
    let empty = || wrong(io::Error::new(io::ErrorKind::InvalidData, "its first line is empty"));
    line.map(str::to_owned).ok_or_else(empty)
}

/// Says where the server is.
fn announce(server: &RelayServer, metrics: Option<SocketAddr>, serves: bool, json: bool) {
    let listeners = server.listeners().iter();
    let listeners: Vec<String> = listeners
        .map(|listener| {
            let scheme = match (serves, listener.protocol) {
                (true, Protocol::Tls) => "turns",
                (true, _) => "turn",
                (false, Protocol::Tls) => "stuns",
                (false, _) => "stun",
            };
            let transport = match listener.protocol {
                Protocol::Udp if serves => "?transport=udp",
                Protocol::Tcp if serves => "?transport=tcp",
                _ => "",
            };
            format!("{scheme}:{}{transport}", listener.public)
        })
        .collect();
    if json {
        let event = serde_json::json!({
            "event": "listening", "urls": listeners, "metrics": metrics.map(|at| at.to_string()),
        });
        return println!("{event}");
    }
    listeners.iter().for_each(|url| println!("{url}"));
    if let Some(metrics) = metrics {
        println!("metrics at http://{metrics}/metrics");
    }
    if !serves {
        println!("nobody may have a relay: name users with --user, --secret or --secret-file");
    }
}

fn print(metrics: &RelayMetrics, json: bool) {
    if json {
        let mut line = serde_json::json!({ "event": "metrics" });
        for (name, value) in metrics.rows() {
            line[name] = value.into();
        }
        return println!("{line}");
    }
    let turn = &metrics.turn;
    let packets = turn.packets_to_peers + turn.packets_to_clients;
    println!(
        "{} allocations made, {packets} packets relayed, {} bindings answered",
        turn.allocated, turn.bindings
    );
}
