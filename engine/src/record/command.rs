//! How commands are written: a byte that says which, and the fields in their order.

use super::wire::{Fault, Source, Wire};
use crate::command::{Blob, Command};

macro_rules! wire_commands {
    ($($code:literal $name:ident { $($field:ident)* })+) => {
        impl<'a> Wire<'a> for Command<'a> {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Command::$name { $($field,)* } => {
                        out.push($code);
                        $($field.put(out);)*
                    })+
                }
            }

            fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
                match u8::take(from)? {
                    $($code => Ok(Command::$name { $($field: Wire::take(from)?,)* }),)+
                    _ => Err("an unknown kind of entry"),
                }
            }
        }
    };
}

wire_commands! {
    16 AddTransceiver { kind init }
    17 SetDirection { id direction }
    18 Stop { id }
    19 RestartIce {}
    20 CreateOffer {}
    21 SetLocal { description }
    22 SetRemote { description }
    23 Rollback {}
    24 AddIceCandidate { candidate mid index ufrag }
    25 AddTrack { kind init }
    26 CreateAnswer {}
    27 SetStreams { id streams }
    28 SetCodecPreferences { id codecs }
    29 SetParameters { id encodings }
    30 SetHeaderExtensions { id extensions }
    32 WriteFrame {
        mid rid audio_level voice_activity captured_ns layer playout_delay codec time keyframe data
    }
    33 WritePacket { mid rid payload_type sequence_number timestamp marker nackable payload }
    34 RequestKeyframe { mid rid kind }
    35 SelectLayer { mid rid }
    36 WriteRtcp { packet }
    48 CreateChannel { config }
    49 WriteChannel { id binary data }
    50 BufferedAmount { id }
    51 SetLowThreshold { id bytes }
    52 CloseChannel { id }
    53 BeginMessage { id binary length }
    54 WritePart { id data }
    55 EndMessage { id }
    56 SetReading { id reading }
    57 ReadChannel { id bytes_max }
    64 SetDesiredBitrate { minimum desired }
    65 Close {}
}

impl<'a> Wire<'a> for Blob<'a> {
    fn put(&self, out: &mut Vec<u8>) {
        match *self {
            Blob::Whole(bytes) => put_bytes(bytes, out),
            Blob::Shared(bytes) => put_bytes(bytes, out),
            Blob::Packet(bytes) => put_bytes(bytes, out),
            Blob::LeftOut { length, digest } => {
                out.push(1);
                length.put(out);
                out.extend(digest.to_le_bytes());
            }
        }
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        if bool::take(from)? {
            let (length, digest) = (u64::take(from)?, <[u8; 8]>::take(from)?);
            return Ok(Blob::LeftOut { length, digest: u64::from_le_bytes(digest) });
        }
        <&[u8]>::take(from).map(Blob::Whole)
    }
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(0);
    bytes.put(out);
}
