//! What a recording consists of: one entry for each input, command, outcome and round of outputs.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use super::outcome::OutcomeSummary;
use super::summary::OutputSummary;
use super::wire::{Fault, Source, Wire};
use crate::command::{Blob, Command};
use crate::config::Config;
use crate::datagram::{Ecn, Protocol};
use crate::socket::{Interface, ResolveId, SocketReply};

macro_rules! entries {
    ($($(#[$doc:meta])* $code:literal $name:ident {
        $($(#[$fdoc:meta])* $field:ident: $type:ty,)*
    })+) => {
        /// One thing that entered a connection, or what came of it.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum Entry<'a> {
            /// What the application asked.
            Command(Command<'a>),
            $($(#[$doc])* $name { $($(#[$fdoc])* $field: $type,)* },)+
        }

        impl Entry<'_> {
            /// What it is, in one word. Of a command, which.
            pub const fn name(&self) -> &'static str {
                match self {
                    Entry::Command(command) => command.name(),
                    $(Entry::$name { .. } => stringify!($name),)+
                }
            }
        }

        impl<'a> Wire<'a> for Entry<'a> {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    Entry::Command(command) => command.put(out),
                    $(Entry::$name { $($field,)* } => {
                        out.push($code);
                        $($field.put(out);)*
                    })+
                }
            }

            fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
                let before = *from;
                match u8::take(from)? {
                    $($code => Ok(Entry::$name { $($field: Wire::take(from)?,)* }),)+
                    _ => {
                        *from = before;
                        Wire::take(from).map(Entry::Command)
                    }
                }
            }
        }
    };
}

entries! {
    /// The connection was made. Always the first.
    0 Start { /** With these settings. */ config: Cow<'a, Config>, }
    /// [`Input::Timeout`](crate::Input::Timeout).
    1 Timeout {}
    /// [`Input::Datagram`](crate::Input::Datagram).
    2 Datagram {
        /** What carried it. */ protocol: Protocol,
        /** From where. */ source: SocketAddr,
        /** To which of our addresses. */ destination: SocketAddr,
        /** How it was marked. */ ecn: Option<Ecn>,
        /** The bytes. */ contents: Blob<'a>,
    }
    /// [`Input::Socket`](crate::Input::Socket).
    3 Socket { /** What became of it. */ reply: SocketReply, }
    /// [`Input::Resolved`](crate::Input::Resolved).
    4 Resolved {
        /** The question. */ id: ResolveId,
        /** The answers. */ addresses: Cow<'a, [IpAddr]>,
    }
    /// [`Input::Interfaces`](crate::Input::Interfaces).
    5 Interfaces { /** All of them. */ interfaces: Cow<'a, [Interface]>, }
    /// What the transport drew where the seed does not reach. A replay gives it back; what the
    /// bytes say is between the transport and itself.
    96 TransportIdentity { /** The bytes. */ identity: &'a [u8], }
    /// What came out: polled outputs, up to a timeout or to the next input.
    97 Outputs {
        /** One by one. */ summaries: Cow<'a, [OutputSummary]>,
        /** A digest over all outcomes and outputs since the start. */ chain: u64,
    }
    /// The program did not take the recording in time, and the rest is missing. Always the last.
    98 Overrun {}
    /// The recording was ended on purpose. Always the last.
    99 End {}
    /// What the command before came to.
    100 Outcome { /** In short. */ outcome: OutcomeSummary, }
}
