//! What is written is read as it was.

use lapwing_engine::sdp::Description;

use super::corpus::corpus;

#[test]
fn every_text_is_read_and_survives() {
    for text in corpus() {
        let read =
            Description::parse(&text.sdp).unwrap_or_else(|error| panic!("{}: {error}", text.name));
        let written = read.to_string();
        let again = Description::parse(&written)
            .unwrap_or_else(|error| panic!("{}: {error}\n{written}", text.name));
        assert_eq!(read, again, "{}", text.name);
        assert_eq!(written, again.to_string(), "{}", text.name);
    }
}
