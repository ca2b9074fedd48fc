//! How servers, and what becomes of sockets, are written.

use std::sync::Arc;

use super::wire::{Fault, Source, Wire};
use crate::ice_server::{HttpProxy, IceServer, TlsTrust};
use crate::socket::{SocketFault, SocketReply};

impl<'a> Wire<'a> for SocketReply {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            SocketReply::Bound { id, local } => {
                out.push(0);
                id.put(out);
                local.put(out);
            }
            SocketReply::Failed { id, fault } => {
                out.push(1);
                id.put(out);
                fault.put(out);
            }
            SocketReply::Connected { id, local } => {
                out.push(2);
                id.put(out);
                local.put(out);
            }
        }
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        match u8::take(from)? {
            0 => Ok(SocketReply::Bound { id: Wire::take(from)?, local: Wire::take(from)? }),
            1 => Ok(SocketReply::Failed { id: Wire::take(from)?, fault: Wire::take(from)? }),
            2 => Ok(SocketReply::Connected { id: Wire::take(from)?, local: Wire::take(from)? }),
            _ => Err("an unknown SocketReply"),
        }
    }
}

/// All but the one with a status, by their code.
const FAULTS: [SocketFault; 12] = [
    SocketFault::Refused,
    SocketFault::TimedOut,
    SocketFault::Unreachable,
    SocketFault::AddressUnavailable,
    SocketFault::Closed,
    SocketFault::TlsName,
    SocketFault::TlsUntrusted,
    SocketFault::TlsExpired,
    SocketFault::TlsHandshake,
    SocketFault::ProxyAnswer,
    SocketFault::Unsupported,
    SocketFault::Other,
];

/// The code of the one with a status, and one that none has.
const WITH_STATUS: u8 = 127;
const UNKNOWN: u8 = 126;

impl<'a> Wire<'a> for SocketFault {
    fn put(&self, out: &mut Vec<u8>) {
        let code = FAULTS.iter().position(|known| known == self);
        match (self, code) {
            (SocketFault::ProxyRefused(status), _) => {
                out.push(WITH_STATUS);
                status.put(out);
            }
            (_, code) => out.push(code.map_or(UNKNOWN, |code| code as u8)),
        }
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        let code = u8::take(from)?;
        if code == WITH_STATUS {
            return u16::take(from).map(SocketFault::ProxyRefused);
        }
        FAULTS.get(usize::from(code)).copied().ok_or("an unknown SocketFault")
    }
}

impl<'a> Wire<'a> for IceServer {
    fn put(&self, out: &mut Vec<u8>) {
        let urls: Vec<String> = self.urls().iter().map(ToString::to_string).collect();
        urls.put(out);
        self.username().put(out);
        self.credential().put(out);
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        let urls = Vec::<String>::take(from)?;
        let (username, credential) = (<&str>::take(from)?, <&str>::take(from)?);
        IceServer::new(urls.iter().map(String::as_str), username, credential)
            .map_err(|_| "an ICE server that is none")
    }
}

impl<'a> Wire<'a> for TlsTrust {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            TlsTrust::System => out.push(0),
            TlsTrust::Roots(pem) => {
                out.push(1);
                (&pem[..]).put(out);
            }
            TlsTrust::Anyone => out.push(2),
        }
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        match u8::take(from)? {
            0 => Ok(TlsTrust::System),
            1 => Ok(TlsTrust::Roots(Arc::from(<&[u8]>::take(from)?))),
            2 => Ok(TlsTrust::Anyone),
            _ => Err("an unknown TlsTrust"),
        }
    }
}

impl<'a> Wire<'a> for Arc<HttpProxy> {
    fn put(&self, out: &mut Vec<u8>) {
        self.host.put(out);
        self.port.put(out);
        self.credentials.is_some().put(out);
        if let Some((user, password)) = &self.credentials {
            user.put(out);
            password.put(out);
        }
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        let (host, port) = (Wire::take(from)?, Wire::take(from)?);
        let credentials = match bool::take(from)? {
            true => Some((Wire::take(from)?, Wire::take(from)?)),
            false => None,
        };
        Ok(Arc::new(HttpProxy { host, port, credentials }))
    }
}
