//! What is between the bytes of a TCP connection and its datagrams: a tunnel, TLS, framing.

use lapwing_engine::stream::{StreamCodec, TunnelHandshake};
use lapwing_engine::{ConnectRequest, Framing, SocketFault};
use openssl::ssl::Ssl;

use super::outgoing::{Outgoing, UNREAD_BYTES_MAX, WRITE_BUFFER_BYTES_MAX};
use super::tls::{self, Tls};

/// Bytes decrypted at a time: what a record of TLS may carry.
const PLAIN_BYTES: usize = 16_384;

/// What comes of bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Got<'a> {
    /// Tunnel and TLS are there: datagrams may go both ways.
    Open,
    Datagram(&'a [u8]),
}

/// Why a datagram was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    /// There is no room, or the connection is not open yet.
    Blocked,
    /// The framing cannot carry it.
    Unfit,
    /// The connection broke.
    Broken(SocketFault),
}

/// The layers of one connection, from its opening to its end.
#[derive(Debug)]
pub(super) struct Layers {
    stage: Stage,
    codec: StreamCodec,
}

#[derive(Debug)]
enum Stage {
    /// Nothing was said yet.
    Closed {
        tunnel: Option<(TunnelHandshake, Vec<u8>)>,
        tls: Option<Ssl>,
    },
    /// The proxy was asked; TLS is to follow.
    Tunnel {
        handshake: TunnelHandshake,
        tls: Option<Ssl>,
    },
    Handshake(Box<Tls>),
    Open(Option<Box<Tls>>),
}

impl Layers {
    /// Those that a request asks for.
    pub(super) fn new(request: &ConnectRequest) -> Result<Self, SocketFault> {
        let tunnel = request.tunnel.as_ref().map(TunnelHandshake::new).transpose()?;
        let tls = request.tls.as_ref().map(tls::prepare).transpose()?;
        let stage = Stage::Closed { tunnel, tls };
        Ok(Layers { stage, codec: StreamCodec::new(request.framing) })
    }

    /// Those of a connection that a peer made (RFC 6544).
    pub(super) fn accepted() -> Self {
        Layers { stage: Stage::Open(None), codec: StreamCodec::new(Framing::Rfc4571) }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open(_))
    }

    /// The connection is there: says what is to be said first.
    pub(super) fn begin(
        &mut self,
        out: &mut Outgoing,
        each: &mut dyn FnMut(Got<'_>),
    ) -> Result<(), SocketFault> {
        let Stage::Closed { tunnel, tls } = &mut self.stage else { return Ok(()) };
        let tls = tls.take();
        match tunnel.take() {
            Some((handshake, request)) => {
                out.push(&request);
                self.stage = Stage::Tunnel { handshake, tls };
                Ok(())
            }
            None => self.secure(tls, out, each),
        }
    }

    /// The way to the server is there.
    fn secure(
        &mut self,
        tls: Option<Ssl>,
        out: &mut Outgoing,
        each: &mut dyn FnMut(Got<'_>),
    ) -> Result<(), SocketFault> {
        match tls {
            Some(ssl) => {
                self.stage = Stage::Handshake(Box::new(Tls::new(ssl)?));
                self.received(&[], out, each)
            }
            None => {
                self.stage = Stage::Open(None);
                each(Got::Open);
                Ok(())
            }
        }
    }

    /// Takes what was read.
    pub(super) fn received(
        &mut self,
        bytes: &[u8],
        out: &mut Outgoing,
        each: &mut dyn FnMut(Got<'_>),
    ) -> Result<(), SocketFault> {
        let behind = match &mut self.stage {
            Stage::Closed { .. } => return Ok(()),
            Stage::Tunnel { handshake, tls } => {
                let Some(end) = handshake.received(bytes)? else { return Ok(()) };
                let tls = tls.take();
                self.secure(tls, out, each)?;
                &bytes[end..]
            }
            Stage::Handshake(_) | Stage::Open(_) => bytes,
        };
        if let Stage::Handshake(tls) = &mut self.stage {
            tls.feed(behind);
            let done = tls.handshake();
            // An alert of ours leaves too.
            tls.take_out(out);
            if !done? {
                return Ok(());
            }
            let stage = std::mem::replace(&mut self.stage, Stage::Open(None));
            if let Stage::Handshake(tls) = stage {
                self.stage = Stage::Open(Some(tls));
            }
            each(Got::Open);
            return self.decrypt(&[], out, each);
        }
        match &self.stage {
            Stage::Open(None) => {
                let give = |datagram: &[u8]| each(Got::Datagram(datagram));
                Ok(self.codec.received(behind, give)?)
            }
            _ => self.decrypt(behind, out, each),
        }
    }

    fn decrypt(
        &mut self,
        bytes: &[u8],
        out: &mut Outgoing,
        each: &mut dyn FnMut(Got<'_>),
    ) -> Result<(), SocketFault> {
        let Stage::Open(Some(tls)) = &mut self.stage else { return Ok(()) };
        tls.feed(bytes);
        let mut plain = [0; PLAIN_BYTES];
        while let Some(count) = tls.read(&mut plain)? {
            self.codec.received(&plain[..count], |datagram| each(Got::Datagram(datagram)))?;
        }
        tls.take_out(out);
        if out.len() > UNREAD_BYTES_MAX { Err(SocketFault::Closed) } else { Ok(()) }
    }

    /// Puts a datagram behind what waits. `scratch` is memory to work in.
    pub(super) fn write(
        &mut self,
        datagram: &[u8],
        scratch: &mut Vec<u8>,
        out: &mut Outgoing,
    ) -> Result<(), Unsent> {
        let Stage::Open(tls) = &mut self.stage else { return Err(Unsent::Blocked) };
        if out.len() + datagram.len() > WRITE_BUFFER_BYTES_MAX {
            return Err(Unsent::Blocked);
        }
        scratch.clear();
        self.codec.write(datagram, scratch).map_err(|_| Unsent::Unfit)?;
        match tls {
            Some(tls) => {
                tls.write(scratch).map_err(Unsent::Broken)?;
                tls.take_out(out);
            }
            None => out.push(scratch),
        }
        Ok(())
    }

    /// Says that nothing more comes, where the other end would want to know.
    pub(super) fn close(&mut self, out: &mut Outgoing) {
        if let Stage::Open(Some(tls)) = &mut self.stage {
            tls.close();
            tls.take_out(out);
        }
    }
}
