//! `lapwing turn` and the tools that come with coturn.

use std::io::{BufRead, BufReader, Read as _, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use lapwing_conformance::browser::find_program;
use lapwing_conformance::skip;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A bound on everything that is waited for here.
const LONG: Duration = Duration::from_secs(120);

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running server.
struct Server {
    child: Running,
    output: BufReader<ChildStdout>,
    listening: serde_json::Value,
}

impl Server {
    /// On loopback, with the user ada and loopback peers.
    fn start(more: &[&str]) -> Self {
        let words = "turn --json --user ada:secret --secret north --allow-peer 127.0.0.0/8";
        let child = Command::new(env!("CARGO_BIN_EXE_lapwing"))
            .args(words.split(' '))
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut child = Running(child);
        let mut output = BufReader::new(child.0.stdout.take().expect("a pipe"));
        let listening = read_line(&mut output);
        assert_eq!(listening["event"], "listening", "{listening}");
        Server { child, output, listening }
    }

    /// The port of the first URL that begins and ends like this.
    fn port(&self, scheme: &str, end: &str) -> String {
        let urls = self.listening["urls"].as_array().expect("URLs");
        let mut urls = urls.iter().filter_map(|url| url.as_str());
        let fits = |url: &&str| url.starts_with(scheme) && url.ends_with(end);
        let url = urls.find(fits).expect("it is listened on").trim_end_matches(end);
        url.rsplit(':').next().expect("a port").to_owned()
    }

    /// Ends it politely, and gives its last figures.
    fn end(mut self) -> serde_json::Value {
        let pid = Pid::from_raw(i32::try_from(self.child.0.id()).expect("a pid"));
        kill(pid, Signal::SIGTERM).expect("it runs");
        let mut last = serde_json::Value::Null;
        let mut line = String::new();
        while self.output.read_line(&mut line).expect("a pipe") > 0 {
            last = serde_json::from_str(&line).expect("JSON");
            line.clear();
        }
        assert!(self.child.0.wait().expect("it ends").success());
        last
    }
}

fn read_line(output: &mut impl BufRead) -> serde_json::Value {
    let mut line = String::new();
    output.read_line(&mut line).expect("a pipe");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
}

/// Whether a tool is there; a note where it is not.
fn has(tool: &str, test: &str) -> bool {
    let found = find_program(&[tool]).is_some();
    if !found {
        skip::note(test, &format_args!("no {tool} (package coturn)"));
    }
    found
}

/// What a tool says, in all.
fn say(tool: &str, words: &str) -> String {
    let seconds = LONG.as_secs().to_string();
    let said = Command::new("timeout")
        .args([&seconds, tool])
        .args(words.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    let text = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    assert_ne!(said.status.code(), Some(124), "{tool} {words} does not end: {text}");
    text
}

/// Twenty messages of each of four clients to each other, through relayed addresses of ours.
fn uclient(words: &str) {
    let said = say("turnutils_uclient", &format!("-y -c -n 20 -m 4 -l 170 -z 5 {words} 127.0.0.1"));
    assert!(said.contains("Total lost packets 0 (0.000000%)"), "{words}: {said}");
}

const TEST: &str = "turn::coturns_client_loses_nothing";

#[test]
fn coturns_client_loses_nothing() {
    if !has("turnutils_uclient", TEST) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (cert, key) = certificate(folder.path());
    let files = ["--tls-cert", &cert, "--tls-key", &key, "--tls-listen", "127.0.0.1:0"];
    let server = Server::start(&[&["--listen", "127.0.0.1:0"][..], &files].concat());
    let [udp, tcp] = ["udp", "tcp"].map(|name| server.port("turn:", &format!("?transport={name}")));
    let tls = server.port("turns:", "");
    uclient(&format!("-u ada -w secret -p {udp}"));
    uclient(&format!("-u ada -w secret -s -p {udp}"));
    uclient(&format!("-u ada -w secret -t -p {tcp}"));
    uclient(&format!("-u ada -w secret -t -S -p {tls}"));
    uclient(&format!("-u eve -W north -p {udp}"));
    let last = server.end();
    assert_eq!(last["event"], "metrics", "{last}");
    assert!(last["packets_to_peers"].as_u64().expect("a count") >= 4 * 4 * 20, "{last}");
}

/// Paths of a certificate and its key.
fn certificate(folder: &std::path::Path) -> (String, String) {
    let loopback = std::net::IpAddr::from([127, 0, 0, 1]);
    lapwing_rooms::server::tls::kept(folder, &[loopback]).expect("the folder can be used");
    let path = |name: &str| folder.join(name).display().to_string();
    (path("self-signed.crt"), path("self-signed.key"))
}

#[test]
fn coturns_tools_for_stun_find_no_translator() {
    if !has("turnutils_natdiscovery", "turn::coturns_tools_for_stun_find_no_translator") {
        return;
    }
    let (server, ports) = with_two_addresses();
    let said = say("turnutils_stunclient", &format!("-p {} -f 127.0.0.1", ports[0]));
    assert!(said.contains(&format!("Other addr: : 127.0.0.2:{}", ports[1])), "{said}");
    // From each address, and to another port.
    assert_eq!(said.matches("UDP reflexive addr: 127.0.0.1:").count(), 3, "{said}");
    let said = say("turnutils_natdiscovery", &format!("-m -f -P -p {} 127.0.0.1", ports[0]));
    assert!(said.contains("NAT with Endpoint Independent Mapping"), "{said}");
    assert!(said.contains("NAT with Endpoint Independent Filtering"), "{said}");
    server.end();
}

#[test]
fn the_doctor_names_what_the_nat_does() {
    let (server, ports) = with_two_addresses();
    let url = format!("stun:127.0.0.1:{}", ports[0]);
    let text = doctor(&["--loopback", &url]);
    let line = format!("  {url} from 127.0.0.1: no translation, endpoint-independent filtering");
    assert!(text.lines().any(|it| it == line), "{text}");
    let json = doctor(&["--loopback", "--json", &url]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let [nat] = &json["nat"].as_array().expect("a list")[..] else { panic!("one: {json}") };
    assert_eq!(nat["mapping"], "no translation", "{json}");
    assert_eq!(nat["filtering"], "endpoint-independent filtering", "{json}");
    server.end();

    let server = Server::start(&["--listen", "127.0.0.1:0"]);
    let url = format!("stun:127.0.0.1:{}", server.port("turn:", "?transport=udp"));
    let text = doctor(&["--loopback", &url]);
    assert!(text.contains("127.0.0.1: the server cannot tell"), "{text}");
    server.end();
}

#[test]
fn the_doctor_understands_coturn() {
    if !has("turnserver", "turn::the_doctor_understands_coturn") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let ports = free_ports();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let words = format!(
        "-n -L 127.0.0.1 -L 127.0.0.2 --listening-port={} --alt-listening-port={} --no-auth \
         --no-tls --no-dtls --no-tcp --no-cli --log-file=stdout --pidfile={} --userdb={}",
        ports[0],
        ports[1],
        path("pid"),
        path("users")
    );
    let mut command = Command::new("turnserver");
    command.args(words.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::null());
    let _running = Running(command.spawn().expect("it starts"));
    // Requests go out again until it listens.
    let url = format!("stun:127.0.0.1:{}", ports[0]);
    let text = doctor(&["--loopback", &url]);
    let wanted = "127.0.0.1: no translation, endpoint-independent filtering";
    assert!(text.contains(wanted), "{text}");
}

/// What `lapwing doctor` says, whether or not it finds something wrong with this machine.
fn doctor(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_lapwing")).arg("doctor").args(words).output();
    let output = output.expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    String::from_utf8(output.stdout).expect("text")
}

/// A server on two addresses, with the same two ports on each.
fn with_two_addresses() -> (Server, [u16; 2]) {
    let ports = free_ports();
    let listen: Vec<String> = ["127.0.0.1", "127.0.0.2"]
        .iter()
        .flat_map(|ip| ports.map(|port| format!("--listen={ip}:{port}")))
        .collect();
    let listen: Vec<&str> = listen.iter().map(String::as_str).collect();
    (Server::start(&listen), ports)
}

/// Two ports that are free on both addresses, as far as can be told.
fn free_ports() -> [u16; 2] {
    let bind = || std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
    [bind(), bind()].map(|listener| listener.local_addr().expect("an address").port())
}

#[test]
fn figures_are_told_as_text() {
    let server = Server::start(&["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]);
    let at = server.listening["metrics"].as_str().expect("an address").to_owned();
    let mut stream = TcpStream::connect(at).expect("it listens");
    stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").expect("it reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.contains("\nlapwing_turn_allocations 0\n"), "{text}");
    server.end();
}

#[test]
fn what_cannot_be_started_is_said() {
    for (words, part) in [
        (vec!["--listen", "192.0.2.1:0"], "cannot listen on 192.0.2.1:0"),
        (vec!["--secret-file", "/no/such/file"], "/no/such/file"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_lapwing")).arg("turn").args(&words).output();
        let output = output.expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(part), "{said}");
    }
}
