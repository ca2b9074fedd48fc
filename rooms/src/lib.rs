//! Rooms for many: a server that people join with their browsers, the page it gives them, and
//! native peers that join the same rooms.
//!
//! - [`server`] is the room server: paths, sockets and TLS around the pure [`hub`], which knows who
//!   is in which room, and [`forward`], which passes media on.
//! - [`client`] is a native participant, [`call`] its pictures and sound, [`transfer`] its files.
//! - [`protocol`] is what they say to each other, [`limits`] how much anybody may take.
//! - [`disk`] makes files that are safe from others, [`text`] what strangers wrote safe to show.
//!
//! Nothing here prints or reads arguments: what happened is handed out as events.
//!
//! A server of rooms for two, whose media do not pass through it:
//!
//! ```no_run
//! use lapwing_rooms::server::{Log, ServeError, Server, ServerConfig};
//!
//! # async fn serve() -> Result<(), ServeError> {
//! let listen = vec![([127, 0, 0, 1], 8080).into()];
//! let log = Log::new(|note| println!("{note}"));
//! let server = Server::bind(ServerConfig { log, ..ServerConfig::new(listen) }).await?;
//! server.run(std::future::pending()).await
//! # }
//! ```
//!
//! A participant who greets whoever is in the room, and leaves:
//!
//! ```no_run
//! use std::time::Instant;
//!
//! use lapwing_rooms::client::{
//!     App, Baggage, Bell, DriverKind, JoinConfig, Label, Peer, PeerError, PeerEvent, RoomUrl,
//!     Step, run,
//! };
//! use lapwing_rooms::protocol::data::ChatMessage;
//!
//! struct Greeter(Option<Result<(), PeerError>>);
//!
//! impl App for Greeter {
//!     type Outcome = Result<(), PeerError>;
//!
//!     fn on_event(&mut self, event: PeerEvent, peer: &mut Peer, _: Instant) {
//!         match event {
//!             PeerEvent::ChannelOpened(Label::Chat) => {
//!                 let text = "Good morning.".to_owned();
//!                 peer.send_chat(&ChatMessage::Message { from: None, text });
//!                 self.0 = Some(Ok(()));
//!             }
//!             PeerEvent::Failed(error) => self.0 = Some(Err(error)),
//!             _ => {}
//!         }
//!     }
//!
//!     fn step(&mut self, _: &mut Peer, _: Instant) -> Step<Self::Outcome> {
//!         self.0.take().map_or(Step::Wait(None), Step::Over)
//!     }
//! }
//!
//! let url: RoomUrl = "http://127.0.0.1:8080/r/tea".parse()?;
//! let session = JoinConfig::new(url, "Ada").enter(Baggage::default(), Bell::default())?;
//! run(DriverKind::Mio, session, &mut Greeter(None))??;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod call;
mod candidates;
pub mod client;
pub mod disk;
pub mod forward;
pub mod hub;
pub mod limits;
pub mod protocol;
pub mod server;
pub mod text;
pub mod transfer;
