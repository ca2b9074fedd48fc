//! Mozilla's reader beside ours: it takes what we write, and finds in it what we meant.

use lapwing_engine::Direction;
use lapwing_engine::sdp::{Description, Format, MediaDescription, TransportAttributes};
use webrtc_sdp::SdpSession;
use webrtc_sdp::attribute_type::{SdpAttribute, SdpAttributeType};
use webrtc_sdp::media_type::{SdpFormatList, SdpMedia};

use super::corpus::corpus;

/// Texts that it refuses, with its words, and why that is no fault of what we write.
const REFUSED: &[(&str, &str, &str)] = &[
    ("09-image-line-offer", "connection type already exists", UNKNOWN_PROFILE),
    ("q01-image-middle-offer", "connection type already exists", UNKNOWN_PROFILE),
];

const UNKNOWN_PROFILE: &str = "It passes over an m-line with a profile that it does not know, `udptl` here, and counts the lines that follow to the one before.";

/// Texts as they came in which it finds something else, what that is, and why ours is right.
const DIFFERENT: &[(&str, &str, &str)] = &[(
    "baresip 1.0.0",
    "fingerprints: []",
    "It knows names of hash functions in lower case alone; RFC 8122 section 5 writes them in any case.",
)];

/// Texts as they came that it takes too, at least.
const ORIGINALS_MIN: usize = 60;

#[test]
fn it_reads_what_we_write() {
    let mut faults = Vec::new();
    for text in corpus() {
        let ours = Description::parse(&text.sdp).expect("a text of the corpus");
        let written = ours.to_string();
        let refusal = REFUSED.iter().find(|(name, ..)| *name == text.name);
        match (webrtc_sdp::parse_sdp(&written, false), refusal) {
            (Ok(theirs), None) => {
                let found = compare(&ours, &theirs).and_then(|()| feedback(&ours, &theirs));
                if let Err(fault) = found {
                    faults.push(format!("{}: {fault}", text.name));
                }
            }
            (Ok(_), Some(_)) => faults.push(format!("{}: taken, against the table", text.name)),
            (Err(error), Some((_, words, _))) if error.to_string().contains(words) => {}
            (Err(error), _) => faults.push(format!("{}: {error}", text.name)),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What it finds in a text as it came is what we find there.
#[test]
fn it_reads_what_we_read() {
    let mut faults = Vec::new();
    let mut taken = 0;
    for text in corpus() {
        let ours = Description::parse(&text.sdp).expect("a text of the corpus");
        let Ok(theirs) = webrtc_sdp::parse_sdp(&text.sdp, false) else { continue };
        taken += 1;
        let known = DIFFERENT.iter().find(|(name, ..)| *name == text.name);
        match (compare(&ours, &theirs), known) {
            (Ok(()), None) => {}
            (Ok(()), Some(_)) => faults.push(format!("{}: the same, against the table", text.name)),
            (Err(fault), Some((_, begin, _))) if fault.starts_with(begin) => {}
            (Err(fault), _) => faults.push(format!("{}: {fault}", text.name)),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(taken >= ORIGINALS_MIN, "{taken} of {}", corpus().len());
}

fn compare(ours: &Description, theirs: &SdpSession) -> Result<(), String> {
    let origin = theirs.get_origin();
    same("origin", &(origin.session_id, origin.session_version), &{
        (ours.origin.session_id, ours.origin.session_version)
    })?;
    same("m-lines", &theirs.media.len(), &ours.media.len())?;
    let groups: Vec<Vec<String>> = theirs.attribute.iter().filter_map(group).collect();
    let own: Vec<Vec<String>> = ours.groups.iter().map(|group| group.mids.clone()).collect();
    same("groups", &groups, &own)?;
    transport(&theirs.attribute, &ours.transport)?;
    for (ours, theirs) in ours.media.iter().zip(&theirs.media) {
        media(ours, theirs).map_err(|fault| format!("{:?}: {fault}", ours.mid))?;
    }
    Ok(())
}

fn media(ours: &MediaDescription, theirs: &SdpMedia) -> Result<(), String> {
    same("kind", &theirs.get_type().to_string(), &ours.name.to_string())?;
    same("port", &theirs.get_port(), &u32::from(ours.port))?;
    same("profile", &theirs.get_proto().to_string(), &ours.profile.to_string())?;
    let formats = match theirs.get_formats() {
        SdpFormatList::Integers(numbers) => numbers.iter().map(ToString::to_string).collect(),
        SdpFormatList::Strings(names) => names.clone(),
        SdpFormatList::Unknown(text) => text.split(' ').map(str::to_owned).collect(),
    };
    let own: Vec<String> = ours.formats.iter().map(|format| format.name.clone()).collect();
    same("formats", &formats, &own)?;
    same("mid", &text_of(theirs.get_attributes(), mid), &ours.mid)?;
    same("direction", &direction(theirs), &ours.direction)?;
    transport(theirs.get_attributes(), &ours.transport)?;
    let maps: Vec<String> = theirs.get_attributes().iter().filter_map(map).collect();
    same("rtpmap", &maps, &ours.formats.iter().filter_map(own_map).collect())?;
    let counts = [
        (SdpAttributeType::Extmap, ours.extensions.len()),
        (SdpAttributeType::Msid, ours.msids.len()),
        (SdpAttributeType::SsrcGroup, ours.ssrc_groups.len()),
        (SdpAttributeType::Rid, ours.rids.len()),
        (SdpAttributeType::RtcpMux, usize::from(ours.rtcp_mux)),
        (SdpAttributeType::BundleOnly, usize::from(ours.bundle_only)),
        (SdpAttributeType::SctpPort, usize::from(ours.sctp.port.is_some())),
    ];
    for (kind, count) in counts {
        let name = kind.to_string();
        let found = theirs.get_attributes_of_type(kind).len();
        same(&name, &found, &count)?;
    }
    Ok(())
}

/// Feedback is counted in what we write alone: texts as they came say it of formats that they do
/// not list.
fn feedback(ours: &Description, theirs: &SdpSession) -> Result<(), String> {
    for (ours, theirs) in ours.media.iter().zip(&theirs.media) {
        let count: usize = ours.formats.iter().map(|format| format.feedback.len()).sum();
        let found = theirs.get_attributes_of_type(SdpAttributeType::Rtcpfb).len();
        same("feedback", &found, &count)?;
    }
    Ok(())
}

fn transport(theirs: &[SdpAttribute], ours: &TransportAttributes) -> Result<(), String> {
    same("ufrag", &text_of(theirs, ufrag), &ours.ice_ufrag)?;
    same("password", &text_of(theirs, password), &ours.ice_pwd)?;
    let hashes = |attribute: &SdpAttribute| match attribute {
        SdpAttribute::Fingerprint(read) => Some(read.fingerprint.clone()),
        _ => None,
    };
    let own: Vec<Vec<u8>> = ours.fingerprints.iter().map(|read| read.value.clone()).collect();
    same("fingerprints", &theirs.iter().filter_map(hashes).collect(), &own)?;
    let is_candidate = |read: &&SdpAttribute| matches!(read, SdpAttribute::Candidate(_));
    same("candidates", &theirs.iter().filter(is_candidate).count(), &ours.candidates.len())?;
    let setup = theirs.iter().find_map(|attribute| match attribute {
        SdpAttribute::Setup(setup) => Some(setup.to_string()),
        _ => None,
    });
    same("setup", &setup, &ours.setup.map(|setup| setup.to_string()))
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, theirs: &T, ours: &T) -> Result<(), String> {
    if theirs == ours { Ok(()) } else { Err(format!("{what}: {theirs:?}, not {ours:?}")) }
}

fn text_of(
    attributes: &[SdpAttribute],
    read: impl Fn(&SdpAttribute) -> Option<String>,
) -> Option<String> {
    attributes.iter().find_map(read)
}

fn mid(attribute: &SdpAttribute) -> Option<String> {
    if let SdpAttribute::Mid(mid) = attribute { Some(mid.clone()) } else { None }
}

fn ufrag(attribute: &SdpAttribute) -> Option<String> {
    if let SdpAttribute::IceUfrag(ufrag) = attribute { Some(ufrag.clone()) } else { None }
}

fn password(attribute: &SdpAttribute) -> Option<String> {
    if let SdpAttribute::IcePwd(password) = attribute { Some(password.clone()) } else { None }
}

fn group(attribute: &SdpAttribute) -> Option<Vec<String>> {
    if let SdpAttribute::Group(group) = attribute { Some(group.tags.clone()) } else { None }
}

fn direction(media: &SdpMedia) -> Option<Direction> {
    media.get_attributes().iter().find_map(|attribute| match attribute {
        SdpAttribute::Sendrecv => Some(Direction::SendRecv),
        SdpAttribute::Sendonly => Some(Direction::SendOnly),
        SdpAttribute::Recvonly => Some(Direction::RecvOnly),
        SdpAttribute::Inactive => Some(Direction::Inactive),
        _ => None,
    })
}

fn map(attribute: &SdpAttribute) -> Option<String> {
    let SdpAttribute::Rtpmap(map) = attribute else { return None };
    let channels = map.channels.unwrap_or(1);
    Some(format!("{} {}/{}/{channels}", map.payload_type, map.codec_name, map.frequency))
}

fn own_map(format: &Format) -> Option<String> {
    let (encoding, rate) = (format.encoding.as_ref()?, format.clock_rate?);
    let channels = format.channels.unwrap_or(1);
    Some(format!("{} {encoding}/{rate}/{channels}", format.name))
}
