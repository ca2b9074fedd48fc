//! Streams cut anywhere: datagrams that are written come out, any bytes give the same however they
//! are cut, a proxy's answer too; nothing panics, and nothing keeps more than its limit.
#![no_main]

use lapwing_engine::stream::{
    ANSWER_BYTES_MAX, STUN_BYTES_MAX, StreamCodec, StreamFault, TunnelHandshake,
};
use lapwing_engine::{Framing, Tunnel};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[choice, size], rest)) = bytes.split_first_chunk() else { return };
    let framing = if choice & 1 == 0 { Framing::Rfc4571 } else { Framing::Stun };
    let size = usize::from(size).max(1);
    if choice & 2 == 0 {
        let whole = take(framing, rest, rest.len().max(1));
        assert_eq!(take(framing, rest, size), whole);
        written(framing, &whole.0);
        written(framing, &[rest.to_vec()]);
    } else {
        // Most play begins behind what every answer begins with.
        let begin: &[u8] = if choice & 4 == 0 { b"HTTP/1.1 2" } else { b"" };
        let answer = [begin, rest].concat();
        assert_eq!(tunnel(&answer, size), tunnel(&answer, answer.len().max(1)));
        authority(rest);
    }
});

fn take(framing: Framing, bytes: &[u8], size: usize) -> (Vec<Vec<u8>>, Result<(), StreamFault>) {
    let (mut codec, mut datagrams) = (StreamCodec::new(framing), Vec::new());
    for piece in bytes.chunks(size) {
        if let Err(fault) = codec.received(piece, |datagram| datagrams.push(datagram.to_vec())) {
            assert_eq!(codec.received(b"", |_| panic!("it was over")), Err(fault));
            return (datagrams, Err(fault));
        }
        assert!(codec.pending() < STUN_BYTES_MAX);
    }
    (datagrams, Ok(()))
}

/// What can be written comes out.
fn written(framing: Framing, datagrams: &[Vec<u8>]) {
    let (mut codec, mut stream) = (StreamCodec::new(framing), Vec::new());
    for datagram in datagrams {
        let before = stream.len();
        if codec.write(datagram, &mut stream).is_err() {
            assert_eq!(stream.len(), before);
            continue;
        }
        let mut came = None;
        codec.received(&stream[before..], |datagram| came = Some(datagram.to_vec())).expect("ours");
        let came = came.unwrap_or_default();
        // Channel data may have been written with its padding.
        assert!(datagram.starts_with(&came) && datagram.len() < came.len() + 4);
        assert_eq!(codec.pending(), 0);
    }
}

fn tunnel(answer: &[u8], size: usize) -> Result<Option<usize>, StreamFault> {
    let tunnel = Tunnel { authority: "a:1".to_owned(), credentials: None };
    let (mut handshake, _) = TunnelHandshake::new(&tunnel)?;
    for (index, piece) in answer.chunks(size).enumerate() {
        if let Some(end) = handshake.received(piece)? {
            assert!(end <= piece.len() && index * size + end <= ANSWER_BYTES_MAX);
            return Ok(Some(index * size + end));
        }
    }
    Ok(None)
}

/// What a request says of its end never becomes lines of its own.
fn authority(bytes: &[u8]) {
    let authority = String::from_utf8_lossy(bytes).into_owned();
    let credentials = Some((authority.clone(), authority.clone()));
    if let Ok((_, request)) = TunnelHandshake::new(&Tunnel { authority, credentials }) {
        assert_eq!(request.iter().filter(|byte| **byte == b'\n').count(), 4);
        assert!(request.ends_with(b"\r\n\r\n"));
    }
}
