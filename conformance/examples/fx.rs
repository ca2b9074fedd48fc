use lapwing_conformance::{browser::{Browser, Kind, Options, Pages}, netns::Namespace};
fn main() {
    let ns = Namespace::create().unwrap();
    ns.run(|| {
        let pages = Pages::serve(&[("/", "<script src='/c.js' type=module></script>"), ("/c.js", include_str!("../tests/it/browser/control.js"))]).unwrap();
        let mut b = Browser::launch(Kind::Firefox, &pages.url("/"), &Options::default()).unwrap();
        for js in std::env::args().skip(1) { println!("{:?}", b.eval_within(&js, std::time::Duration::from_secs(8))); }
    });
}
