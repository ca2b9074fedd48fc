//! Reads `loss`.

use crate::nodes::{ClassLoss, PacketClass, PatternLoss};
use crate::scenario::limits::SHARE;
use crate::scenario::{Fields, LossModel, Problem};

/// Numbers of lost packets go up to this.
const MAX_NUMBER: u64 = 1_000_000_000;
/// Packets that make a frame large: no frame has more.
const MAX_FRAME_PACKETS: u64 = 10_000;

pub(super) fn read(fields: &mut Fields<'_>) -> LossModel {
    #[derive(Clone, Copy)]
    enum Model {
        None,
        Bernoulli,
        Gilbert,
        GilbertElliott,
        Pattern,
        Class,
    }
    let models = [
        ("none", Model::None),
        ("bernoulli", Model::Bernoulli),
        ("gilbert", Model::Gilbert),
        ("gilbert-elliott", Model::GilbertElliott),
        ("pattern", Model::Pattern),
        ("class", Model::Class),
    ];
    let share = |fields: &mut Fields<'_>, name| fields.need_number(name, SHARE);
    match fields.need_choice("model", &models) {
        Model::None => LossModel::None,
        Model::Bernoulli => LossModel::Bernoulli(share(fields, "p")),
        Model::Gilbert => {
            let changes = ["to_bad", "to_good"].map(|name| share(fields, name));
            LossModel::GilbertElliott([changes[0], changes[1], 0.0, 1.0])
        }
        Model::GilbertElliott => LossModel::GilbertElliott(
            ["to_bad", "to_good", "loss_good", "loss_bad"].map(|name| share(fields, name)),
        ),
        Model::Pattern => pattern(fields),
        Model::Class => LossModel::Class(class(fields)),
    }
}

fn pattern(fields: &mut Fields<'_>) -> LossModel {
    let text = fields.need_text("pattern");
    let pattern = PatternLoss::repeat(&text);
    if pattern.is_none() && fields.has("pattern") {
        fields.fault("pattern", Problem::BadPattern(text));
    }
    pattern.map_or(LossModel::None, LossModel::Pattern)
}

/// What a class still lacks: some have a parameter.
#[derive(Clone, Copy)]
enum Class {
    Whole(PacketClass),
    Ssrc,
    PayloadType,
    LargeFrame,
}

const CLASSES: &[(&str, Class)] = &[
    ("stun-request", Class::Whole(PacketClass::StunRequest)),
    ("stun-response", Class::Whole(PacketClass::StunResponse)),
    ("stun-indication", Class::Whole(PacketClass::StunIndication)),
    ("turn-channel", Class::Whole(PacketClass::TurnChannel)),
    ("dtls", Class::Whole(PacketClass::Dtls)),
    ("dtls-client-hello", Class::Whole(PacketClass::DtlsClientHello)),
    ("dtls-server-hello", Class::Whole(PacketClass::DtlsServerHello)),
    ("rtp", Class::Whole(PacketClass::Rtp)),
    ("rtp-of-ssrc", Class::Ssrc),
    ("rtp-of-payload-type", Class::PayloadType),
    ("rtp-frame-start", Class::Whole(PacketClass::RtpFrameStart)),
    ("rtp-frame-end", Class::Whole(PacketClass::RtpFrameEnd)),
    ("rtp-large-frame", Class::LargeFrame),
    ("rtcp", Class::Whole(PacketClass::Rtcp)),
];

fn class(fields: &mut Fields<'_>) -> ClassLoss {
    let class = match fields.need_choice("class", CLASSES) {
        Class::Whole(class) => class,
        Class::Ssrc => {
            PacketClass::RtpOfSsrc(fields.need_integer("ssrc", 0..=u64::from(u32::MAX)) as u32)
        }
        Class::PayloadType => {
            PacketClass::RtpOfPayloadType(fields.need_integer("payload_type", 0..=127) as u8)
        }
        Class::LargeFrame => {
            let packets = fields.need_integer("packets", 1..=MAX_FRAME_PACKETS) as u32;
            PacketClass::RtpLargeFrame { packets }
        }
    };
    if !fields.has("nth") {
        fields.fault("nth", Problem::Missing);
    }
    let numbers = fields.integers("nth", 1..=MAX_NUMBER).unwrap_or_default();
    ClassLoss::new(class, numbers)
}
