//! From the command line to a running server.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use lapwing_rooms::disk;
use lapwing_rooms::protocol::signalling::Mode;
use lapwing_rooms::server::tls::{self, Tls};
use lapwing_rooms::server::{
    AccessConfig, Log, MediaConfig, ServeError, Server, ServerConfig, hosts, reachable,
};

use super::args::Args;
use super::log;
use super::relay::{self, Servers};
use crate::outcome::Outcome;

/// Serves until the process is told to end.
///
/// # Errors
/// See [`ServeError`] and [`RelayFailure`](relay::RelayFailure).
pub fn run(args: Args) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Runtime)?;
    let servers = relay::servers(&args)?;
    runtime.block_on(serve(args, servers))?;
    Ok(())
}

async fn serve(args: Args, servers: Servers) -> Result<(), ServeError> {
    let listen = args.listen.resolve().await?;
    let tls = acceptor(&args, &listen)?;
    let fingerprint =
        tls.as_ref().filter(|_| args.self_signed).map(|tls| tls.fingerprint().to_owned());
    let scheme = if tls.is_some() { "https" } else { "http" };
    let media = media(&args, &listen);
    let of_loopback = |media: &MediaConfig| media.addresses.iter().all(IpAddr::is_loopback);
    let forwards_on_loopback =
        args.mode == Mode::Forward && media.as_ref().is_some_and(of_loopback);
    let mut allow_hosts = args.allow_host;
    // The name that was listened on is ours, where names are looked at.
    let on_loopback = listen.iter().all(|address| address.ip().is_loopback());
    if on_loopback || !allow_hosts.is_empty() {
        allow_hosts.extend(args.listen.name().map(str::to_owned));
    }
    let config = ServerConfig {
        listen: listen.clone(),
        tls,
        mode: args.mode,
        media,
        ice_servers: servers.fixed,
        relays: servers.timed,
        web_dir: args.web_dir,
        log: Log::new(if args.json { log::json } else { log::words }),
        allow_control: args.allow_control,
        access: AccessConfig {
            allow_origins: args.allow_origin,
            allow_hosts,
            sockets_per_address: args.sockets_per_address,
        },
    };
    let server = Server::bind(config).await?;
    let port = server.local_addr()?.port();
    let urls: Vec<String> =
        hosts(&listen).iter().map(|host| format!("{scheme}://{host}:{port}/")).collect();
    announce(&urls, fingerprint.as_deref(), args.json);
    if forwards_on_loopback && !args.json {
        println!(
            "Firefox uses no loopback address for media; for it, add --media with another address of this machine"
        );
    }
    let ended = server.run(told_to_end()).await;
    drop(servers.relay);
    ended
}

/// Where media go. A server whose rooms are direct unless asked otherwise forwards when it can.
fn media(args: &Args, listen: &[SocketAddr]) -> Option<MediaConfig> {
    let addresses = if args.media.is_empty() { reachable(listen) } else { args.media.clone() };
    if addresses.is_empty() && args.mode == Mode::Direct {
        return None;
    }
    Some(MediaConfig { addresses, port: args.media_port, advertised: args.advertise.clone() })
}

fn acceptor(args: &Args, listen: &[SocketAddr]) -> Result<Option<Tls>, ServeError> {
    match (&args.cert, &args.key) {
        (Some(cert), Some(key)) => tls::from_files(cert, key).map(Some),
        _ if args.self_signed => {
            let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            let others = reachable(listen).into_iter().filter(|address| !address.is_loopback());
            let addresses: Vec<IpAddr> = loopback.into_iter().chain(others).collect();
            own_certificate(&addresses).map(Some)
        }
        _ => Ok(None),
    }
}

/// The certificate that is kept, or where none can be, one for this time.
fn own_certificate(addresses: &[IpAddr]) -> Result<Tls, ServeError> {
    let Some(folder) = disk::state_folder() else {
        eprintln!("lapwing: neither HOME nor XDG_STATE_HOME is set: the certificate is not kept");
        return tls::self_signed(addresses);
    };
    match tls::kept(&folder, addresses) {
        Err(ServeError::State(folder, error)) => {
            let folder = folder.display();
            eprintln!("lapwing: the certificate is not kept, {folder} cannot be used: {error}");
            tls::self_signed(addresses)
        }
        other => other,
    }
}

/// Says where the page is.
fn announce(urls: &[String], fingerprint: Option<&str>, json: bool) {
    if json {
        let event = serde_json::json!({
            "event": "listening", "url": urls.first(), "urls": urls, "fingerprint": fingerprint,
        });
        return println!("{event}");
    }
    for (index, url) in urls.iter().enumerate() {
        println!("{} {url}", if index == 0 { "open" } else { "  or" });
    }
    if let Some(fingerprint) = fingerprint {
        println!("the certificate's SHA-256 is {fingerprint}");
    }
}

/// Completes on Ctrl-C and on a polite kill.
async fn told_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminated = match signal(SignalKind::terminate()) {
            Ok(terminated) => terminated,
            // Without the handler the default action ends the process all the same.
            Err(_) => return interrupted.await.unwrap_or_default(),
        };
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupted.await.unwrap_or_default();
}
