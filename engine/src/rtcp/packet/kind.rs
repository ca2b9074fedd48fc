//! A packet by its type.

use super::app::{APP, App};
use super::bye::{GOODBYE, Goodbye};
use super::ccfb::{CCFB, Ccfb};
use super::error::RtcpFault;
use super::fir::{FIR, Fir};
use super::nack::{NACK, Nack, RTPFB};
use super::pli::{PLI, PSFB, Pli};
use super::raw::RawPacket;
use super::remb::{APPLICATION_LAYER, Remb};
use super::report::{RECEIVER_REPORT, ReceiverReport, SENDER_REPORT, SenderReport};
use super::sdes::{SOURCE_DESCRIPTION, SourceDescription};
use super::transport_cc::{TRANSPORT_CC, TransportCc};
use super::xr::{EXTENDED_REPORT, ExtendedReport};

/// A packet that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Packet<'a> {
    /// SR (RFC 3550 section 6.4.1).
    SenderReport(SenderReport<'a>),
    /// RR (RFC 3550 section 6.4.2).
    ReceiverReport(ReceiverReport<'a>),
    /// SDES (RFC 3550 section 6.5).
    SourceDescription(SourceDescription<'a>),
    /// BYE (RFC 3550 section 6.6).
    Goodbye(Goodbye<'a>),
    /// APP (RFC 3550 section 6.7).
    App(App<'a>),
    /// Packets are asked for again (RFC 4585 section 6.2.1).
    Nack(Nack<'a>),
    /// Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01).
    TransportCc(TransportCc<'a>),
    /// Congestion control feedback (RFC 8888).
    Ccfb(Ccfb<'a>),
    /// A picture was lost (RFC 4585 section 6.3.1).
    Pli(Pli),
    /// Keyframes are asked for (RFC 5104 section 4.3.1).
    Fir(Fir<'a>),
    /// A receiver's estimate (draft-alvestrand-rmcat-remb-03).
    Remb(Remb<'a>),
    /// XR (RFC 3611).
    ExtendedReport(ExtendedReport<'a>),
    /// Another type, or another format of feedback: for applications that know it.
    Unknown(RawPacket<'a>),
}

impl<'a> Packet<'a> {
    /// The view of a packet's contents.
    pub fn view(raw: RawPacket<'a>) -> Result<Self, RtcpFault> {
        Ok(match (raw.packet_type(), raw.count()) {
            (SENDER_REPORT, _) => Packet::SenderReport(SenderReport::view(raw)?),
            (RECEIVER_REPORT, _) => Packet::ReceiverReport(ReceiverReport::view(raw)?),
            (SOURCE_DESCRIPTION, _) => Packet::SourceDescription(SourceDescription::view(raw)?),
            (GOODBYE, _) => Packet::Goodbye(Goodbye::view(raw)?),
            (APP, _) => Packet::App(App::view(raw)?),
            (RTPFB, NACK) => Packet::Nack(Nack::view(raw)?),
            (RTPFB, TRANSPORT_CC) => Packet::TransportCc(TransportCc::view(raw)?),
            (RTPFB, CCFB) => Packet::Ccfb(Ccfb::view(raw)?),
            (PSFB, PLI) => Packet::Pli(Pli::view(raw)?),
            (PSFB, FIR) => Packet::Fir(Fir::view(raw)?),
            (PSFB, APPLICATION_LAYER) if Remb::is_named(&raw) => Packet::Remb(Remb::view(raw)?),
            (EXTENDED_REPORT, _) => Packet::ExtendedReport(ExtendedReport::view(raw)?),
            _ => Packet::Unknown(raw),
        })
    }
}
