//! Lines of candidates and URLs of servers: what is read is written so that it reads the same
//! again, and nothing panics.
#![no_main]

use lapwing_engine::{CANDIDATE_BYTES_MAX, IceCandidate, IceServer, IceUrl};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for line in [text.clone(), format!("candidate:{text}").into()] {
        if let Ok(candidate) = IceCandidate::parse(&line) {
            let written = candidate.to_string();
            assert!(!written.contains(['\r', '\n']) && line.len() <= CANDIDATE_BYTES_MAX);
            assert_eq!(IceCandidate::parse(&written).as_ref(), Ok(&candidate), "{written}");
        }
    }
    for url in [text.clone(), format!("turn:{text}").into(), format!("stun:{text}").into()] {
        if let Ok(read) = url.parse::<IceUrl>() {
            assert_eq!(read.to_string().parse(), Ok(read.clone()));
            assert!(read.port() != 0 && !read.host().is_empty());
            assert!(!read.host().contains(|c: char| c.is_whitespace() || c.is_control()));
        }
        // It takes no relay without credentials.
        if let Ok(server) = IceServer::stun(&url) {
            assert!(server.urls().iter().all(|url| !url.scheme().is_relay()));
        }
    }
});
