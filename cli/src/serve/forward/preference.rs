//! Whose order of codecs counts: the participant's. It knows what it encodes best, and the order in
//! an answer is what a browser sends by (RFC 8829 section 5.11).

/// The answer with the payload types of each m-line in the order in which the offer has them.
pub(super) fn in_order_of(offer: &str, answer: &str) -> String {
    let wanted: Vec<Vec<&str>> = media_lines(offer).map(payload_types).collect();
    let mut index = 0;
    let mut ordered = String::with_capacity(answer.len());
    for line in answer.lines() {
        match line.strip_prefix("m=").and(wanted.get(index)) {
            Some(order) => {
                index += 1;
                ordered.push_str(&reorder(line, order));
            }
            None => ordered.push_str(line),
        }
        ordered.push_str("\r\n");
    }
    ordered
}

fn media_lines(sdp: &str) -> impl Iterator<Item = &str> {
    sdp.lines().filter(|line| line.starts_with("m="))
}

/// What follows kind, port and protocol.
fn payload_types(line: &str) -> Vec<&str> {
    line.split(' ').skip(3).collect()
}

fn reorder(line: &str, order: &[&str]) -> String {
    let mut types = payload_types(line);
    let place = |wanted: &&str| order.iter().position(|known| known == wanted);
    types.sort_by_key(|known| place(known).unwrap_or(usize::MAX));
    let head = line.splitn(4, ' ').take(3);
    head.chain(types).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_types_follow_the_offer_and_nothing_else_changes() {
        let offer = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97 \
                     45 46 98\r\na=mid:1\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";
        let answer = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nm=video 9 UDP/TLS/RTP/SAVPF 45 46 \
                      96 97 99\r\na=mid:1\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n\
                      a=mid:2\r\n";
        let expected = answer.replace("45 46 96 97 99", "96 97 45 46 99");
        assert_eq!(in_order_of(offer, answer), expected);
    }

    #[test]
    fn descriptions_that_do_not_match_are_left_as_they_are() {
        for (offer, answer) in [("", "m=audio 9 X 1 2\r\n"), ("m=", "m=audio 9 X 1 2\r\n")] {
            assert_eq!(in_order_of(offer, answer), answer);
        }
        assert_eq!(in_order_of("m=audio 9 X 2 1", "m=audio\r\n"), "m=audio\r\n");
    }
}
