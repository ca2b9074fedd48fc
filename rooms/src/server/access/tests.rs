use super::*;

fn gate(listen: &str, is_https: bool, access: &AccessConfig) -> Gate {
    Gate::new(&[listen.parse().expect("an address")], is_https, access)
}

fn headers(lines: &[(header::HeaderName, &str)]) -> HeaderMap {
    let value = |text: &str| text.parse().expect("a value");
    lines.iter().map(|(name, text)| (name.clone(), value(text))).collect()
}

fn host(gate: &Gate, names: &[&str]) -> Result<Authority, Refusal> {
    let mut map = HeaderMap::new();
    for name in names {
        map.append(header::HOST, name.parse().expect("a value"));
    }
    gate.host(&Uri::from_static("/r/tea"), &map)
}

#[test]
fn a_server_on_loopback_goes_by_few_names() {
    let gate = gate("127.0.0.1:8080", false, &AccessConfig::default());
    for good in ["localhost:8080", "LOCALHOST", "localhost.", "127.0.0.1:9", "[::1]:8080"] {
        assert!(host(&gate, &[good]).is_ok(), "{good}");
    }
    for foreign in ["rooms.example.org:8080", "127.0.0.2", "localhost.example.org", "192.0.2.1"] {
        assert!(matches!(host(&gate, &[foreign]), Err(Refusal::ForeignHost(_))), "{foreign}");
    }
    for bad in [&[][..], &["localhost", "localhost"], &[""], &["a b"], &["x@localhost"], &[":80"]] {
        assert_eq!(host(&gate, bad), Err(Refusal::BadHost), "{bad:?}");
    }
    let uri = Uri::from_static("http://rooms.example.org/");
    let named = headers(&[(header::HOST, "localhost")]);
    assert_eq!(gate.host(&uri, &named), Err(Refusal::BadHost));
}

#[test]
fn names_can_be_allowed() {
    let hosts = vec!["Rooms.Example.org".to_owned()];
    let access = AccessConfig { allow_hosts: hosts, ..AccessConfig::default() };
    assert!(host(&gate("127.0.0.1:80", false, &access), &["rooms.example.org"]).is_ok());
    let open = gate("0.0.0.0:443", true, &AccessConfig::default());
    assert!(host(&open, &["anything.example.org"]).is_ok());
    let closed = gate("0.0.0.0:443", true, &access);
    assert!(host(&closed, &["192.0.2.7"]).is_ok() && host(&closed, &["[2001:db8::1]"]).is_ok());
    assert!(host(&closed, &["anything.example.org"]).is_err());
}

#[test]
fn pages_of_other_servers_open_no_sockets() {
    let allowed = vec!["https://front.example.org".parse().expect("an origin")];
    let access = AccessConfig { allow_origins: allowed, ..AccessConfig::default() };
    let gate = gate("127.0.0.1:8080", false, &access);
    let own: Authority = "localhost:8080".parse().expect("a host");
    let ask = |text: &str| gate.origin(&own, &headers(&[(header::ORIGIN, text)]));
    assert_eq!(gate.origin(&own, &HeaderMap::new()), Ok(()), "programs name none");
    for good in
        ["http://localhost:8080", "https://front.example.org", "https://front.example.org:443"]
    {
        assert_eq!(ask(good), Ok(()), "{good}");
    }
    for bad in [
        "https://localhost:8080",
        "http://localhost:8081",
        "http://localhost",
        "http://front.example.org",
        "http://evil.example.org:8080",
        "null",
        "",
        "http://localhost:8080/path",
    ] {
        assert!(matches!(ask(bad), Err(Refusal::ForeignOrigin(_))), "{bad}");
    }
    let mut two = headers(&[(header::ORIGIN, "http://localhost:8080")]);
    two.append(header::ORIGIN, "http://localhost:8080".parse().expect("a value"));
    assert!(gate.origin(&own, &two).is_err());
}

#[test]
fn origins_are_read_strictly() {
    for bad in ["", "example.org", "ftp://example.org", "https://a@example.org", "https://a/b"] {
        assert!(bad.parse::<Origin>().is_err(), "{bad}");
    }
}
