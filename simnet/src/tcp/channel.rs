//! What programs put between the bytes of a connection and their datagrams: a tunnel, TLS, framing.

use lapwing_engine::stream::{FrameError, StreamCodec, TunnelHandshake};
use lapwing_engine::{ConnectRequest, Framing, SocketFault, TlsRequest};

use super::tls::{Tls, TlsIdentity};

/// What comes of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Got<'a> {
    /// Tunnel and TLS are there: datagrams may go both ways.
    Open,
    /// A datagram came.
    Datagram(&'a [u8]),
}

/// One end of a connection that carries datagrams.
#[derive(Debug)]
pub struct Channel {
    stage: Stage,
    codec: StreamCodec,
}

#[derive(Debug)]
enum Stage {
    /// The proxy was asked; TLS is to follow.
    Tunnel(TunnelHandshake, Option<TlsRequest>),
    Secure(Tls),
    Clear,
}

impl Channel {
    /// The end that asks, and what it says first.
    ///
    /// # Errors
    /// A tunnel to where none can be asked for.
    pub fn client(request: &ConnectRequest) -> Result<(Self, Vec<u8>), SocketFault> {
        let mut first = Vec::new();
        let stage = match &request.tunnel {
            Some(tunnel) => {
                let (handshake, asked) = TunnelHandshake::new(tunnel)?;
                first = asked;
                Stage::Tunnel(handshake, request.tls.clone())
            }
            None => Stage::secure(request.tls.clone(), &mut first),
        };
        Ok((Channel { stage, codec: StreamCodec::new(request.framing) }, first))
    }

    /// The end that serves, by TLS where it has a name.
    pub fn server(framing: Framing, identity: Option<TlsIdentity>) -> Self {
        let stage = identity.map_or(Stage::Clear, |identity| Stage::Secure(Tls::server(identity)));
        Channel { stage, codec: StreamCodec::new(framing) }
    }

    /// Whether datagrams may go both ways.
    pub fn is_open(&self) -> bool {
        match &self.stage {
            Stage::Tunnel(..) => false,
            Stage::Secure(tls) => tls.is_open(),
            Stage::Clear => true,
        }
    }

    /// Takes what came; what is to be said to it is put behind `out`.
    ///
    /// # Errors
    /// The connection is of no more use; `out` is to be said all the same.
    pub fn received(
        &mut self,
        mut bytes: &[u8],
        out: &mut Vec<u8>,
        each: &mut dyn FnMut(Got<'_>),
    ) -> Result<(), SocketFault> {
        if let Stage::Tunnel(handshake, tls) = &mut self.stage {
            let Some(end) = handshake.received(bytes)? else { return Ok(()) };
            self.stage = Stage::secure(tls.take(), out);
            bytes = &bytes[end..];
            if self.is_open() {
                each(Got::Open);
            }
        }
        let mut plain = Vec::new();
        let bytes = match &mut self.stage {
            Stage::Secure(tls) => {
                let was_open = tls.is_open();
                tls.received(bytes, out, &mut plain)?;
                if !was_open && tls.is_open() {
                    each(Got::Open);
                }
                &plain
            }
            Stage::Tunnel(..) | Stage::Clear => bytes,
        };
        Ok(self.codec.received(bytes, |datagram| each(Got::Datagram(datagram)))?)
    }

    /// Puts a datagram behind `out`.
    ///
    /// # Errors
    /// The framing cannot carry it.
    pub fn write(&mut self, datagram: &[u8], out: &mut Vec<u8>) -> Result<(), FrameError> {
        match &self.stage {
            Stage::Secure(tls) => {
                let mut framed = Vec::new();
                self.codec.write(datagram, &mut framed)?;
                tls.write(&framed, out);
                Ok(())
            }
            Stage::Tunnel(..) | Stage::Clear => self.codec.write(datagram, out),
        }
    }
}

impl Stage {
    fn secure(tls: Option<TlsRequest>, out: &mut Vec<u8>) -> Self {
        tls.map_or(Stage::Clear, |tls| Stage::Secure(Tls::client(tls, out)))
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use lapwing_engine::{SocketId, TlsTrust, Tunnel};

    use super::*;
    use crate::tcp::{RECORD_EXTRA_BYTES, TlsCertificate};

    fn request(name: &str, trust: TlsTrust, tunnel: bool) -> ConnectRequest {
        let local = SocketAddr::from(([192, 0, 2, 1], 0));
        let tunnel =
            tunnel.then(|| Tunnel { authority: "192.0.2.9:443".to_owned(), credentials: None });
        let tls = Some(TlsRequest { server_name: name.to_owned(), trust });
        let framing = Framing::Stun;
        ConnectRequest { id: SocketId::new(1), local, remote: local, framing, tunnel, tls }
    }

    /// What the client comes to know of a server, byte by byte both ways.
    fn shake(request: &ConnectRequest, identity: TlsIdentity) -> Result<Channel, SocketFault> {
        let (mut client, mut to_server) = Channel::client(request)?;
        let mut server = Channel::server(Framing::Stun, Some(identity));
        if request.tunnel.is_some() {
            assert!(to_server.starts_with(b"CONNECT 192.0.2.9:443 "));
            to_server.clear();
            client.received(b"HTTP/1.1 200 OK\r\n\r\n", &mut to_server, &mut |_| panic!())?;
        }
        let mut opened = 0;
        while !to_server.is_empty() {
            let (mut to_client, mut answer) = (Vec::new(), Vec::new());
            for byte in to_server.drain(..) {
                server.received(&[byte], &mut to_client, &mut |_| {})?;
            }
            for byte in to_client {
                client.received(&[byte], &mut answer, &mut |got| {
                    assert_eq!(got, Got::Open);
                    opened += 1;
                })?;
            }
            to_server = answer;
        }
        assert!(opened == 1 && server.is_open() && client.is_open());
        Ok(client)
    }

    #[test]
    fn a_client_knows_whom_it_speaks_to() {
        let good = || TlsIdentity::new(["relay.test", "192.0.2.9"]);
        let with = |certificate| TlsIdentity { certificate, ..good() };
        let trust = || TlsTrust::System;
        for tunnel in [false, true] {
            for name in ["relay.test", "RELAY.test", "192.0.2.9"] {
                let mut client = shake(&request(name, trust(), tunnel), good()).unwrap();
                let mut out = Vec::new();
                client.write(b"\x40\0\0\x02ab", &mut out).unwrap();
                assert_eq!(out.len(), 8 + RECORD_EXTRA_BYTES);
            }
            let fault =
                |name, trust, identity| shake(&request(name, trust, tunnel), identity).err();
            assert_eq!(fault("relay", trust(), good()), Some(SocketFault::TlsName));
            let expired = with(TlsCertificate::Expired);
            assert_eq!(fault("relay.test", trust(), expired), Some(SocketFault::TlsExpired));
            let untrusted = with(TlsCertificate::Untrusted);
            let anyone = fault("other.test", TlsTrust::Anyone, untrusted.clone());
            assert_eq!(anyone, None);
            assert_eq!(fault("relay.test", trust(), untrusted), Some(SocketFault::TlsUntrusted));
        }
    }

    #[test]
    fn what_speaks_no_tls_is_told() {
        let (mut client, _) = Channel::client(&request("a", TlsTrust::Anyone, false)).unwrap();
        let heard = client.received(b"\x01\x01\0\0\x21\x12\xa4\x42", &mut Vec::new(), &mut |_| {});
        assert_eq!(heard, Err(SocketFault::TlsHandshake));
    }
}
