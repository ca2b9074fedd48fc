//! From the command line to a running server.

use std::net::{IpAddr, SocketAddr};

use super::args::Args;
use super::error::ServeError;
use super::server::{MediaConfig, Server, ServerConfig};
use super::shared::LogStyle;
use super::tls::{self, Tls};
use crate::args::Outcome;
use crate::protocol::signalling::Mode;

/// Serves until the process is told to end.
///
/// # Errors
/// See [`ServeError`].
pub fn run(args: Args) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Runtime)?;
    runtime.block_on(serve(args))?;
    Ok(())
}

async fn serve(args: Args) -> Result<(), ServeError> {
    let tls = acceptor(&args)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let config = ServerConfig {
        listen: args.listen,
        tls,
        mode: args.mode,
        media: media(&args),
        ice_servers: args.ice_servers,
        web_dir: args.web_dir,
        log: if args.json { LogStyle::Json } else { LogStyle::Words },
        allow_control: args.allow_control,
    };
    let server = Server::bind(config).await?;
    announce(scheme, server.local_addr()?, args.json);
    server.run(told_to_end()).await
}

/// Where media go. A server whose rooms are direct unless asked otherwise forwards when it can.
fn media(args: &Args) -> Option<MediaConfig> {
    let addresses =
        if args.media.is_empty() { local_addresses(args.listen.ip()) } else { args.media.clone() };
    if addresses.is_empty() && args.mode == Mode::Direct {
        return None;
    }
    Some(MediaConfig { addresses, port: args.media_port, advertised: args.advertise.clone() })
}

/// The address listened on, or all of this machine. Beside a loopback address the latter are used
/// too, because browsers have no candidates on loopback.
fn local_addresses(listen: IpAddr) -> Vec<IpAddr> {
    let listen = listen.to_canonical();
    if !listen.is_unspecified() && !listen.is_loopback() {
        return vec![listen];
    }
    let interfaces = lapwing_drivers::interfaces().unwrap_or_default();
    let usable = interfaces.iter().filter(|interface| interface.is_usable());
    let addresses = usable.map(|interface| interface.address);
    addresses.filter(|address| listen.is_loopback() || !address.is_loopback()).collect()
}

fn acceptor(args: &Args) -> Result<Option<Tls>, ServeError> {
    match (&args.cert, &args.key) {
        (Some(cert), Some(key)) => tls::from_files(cert, key).map(Some),
        _ if args.self_signed => {
            let loopback =
                [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0u16, 0, 0, 0, 0, 0, 0, 1])];
            let listen = (!args.listen.ip().is_unspecified()).then(|| args.listen.ip());
            let addresses: Vec<IpAddr> = loopback.into_iter().chain(listen).collect();
            tls::self_signed(&addresses).map(Some)
        }
        _ => Ok(None),
    }
}

/// Says where the page is.
fn announce(scheme: &str, address: SocketAddr, json: bool) {
    let host = if address.ip().is_unspecified() {
        "localhost".to_owned()
    } else {
        SocketAddr::new(address.ip(), 0).to_string().trim_end_matches(":0").to_owned()
    };
    let url = format!("{scheme}://{host}:{}/", address.port());
    if json {
        println!("{}", serde_json::json!({ "event": "listening", "url": url }));
    } else {
        println!("open {url}");
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
