//! One of each picture that the plot library draws, in `target/bench/gallery.html`.

use lapwing_benches::plot::{Bars, Chart, Lines, Report, Series, Table, Tone, Unit};

fn bitrate() -> Chart {
    let at = |index: u32| f64::from(index) / 10.0;
    let link = [(0.0, 2.5e6), (20.0, 1.0e6), (40.0, 2.5e6), (60.0, 2.5e6)];
    let sent = (0..600).map(|index| {
        let wave = (at(index) * 1.7).sin() * 9e4;
        let goal = if (20.0..40.0).contains(&at(index)) { 0.86e6 } else { 2.1e6 };
        (at(index), (goal * (1.0 - (-at(index) / 4.0).exp()) + wave).max(0.0))
    });
    let received =
        sent.clone().map(|(x, y)| (x, if (46.0..48.5).contains(&x) { f64::NAN } else { y * 0.96 }));
    Lines::new("Video bitrate, Ada to Grace")
        .y(Unit::BitsPerSecond)
        .series(Series::area("sent", sent))
        .series(Series::line("received", received))
        .series(Series::step("link", link))
        .span(46.0, 48.5, "cut")
        .event(20.0, "rate halved")
        .event(40.0, "rate restored")
        .event(41.5, "keyframe")
        .reference(2.5e6, "")
        .chart()
}

fn round_trip() -> Chart {
    let rtt = (0..3000_u32).map(|index| {
        let x = f64::from(index) / 50.0;
        (x, 0.040 + (x * 0.7).sin().abs() * 0.012 + f64::from(index * 7919 % 97) / 97.0 * 0.006)
    });
    let losses = (0..24_u32).map(|index| (f64::from(index * 37 % 60), 0.02));
    Lines::new("Round trip")
        .y(Unit::Seconds)
        .series(Series::line("Ada", rtt.clone()))
        .series(Series::line("Grace", rtt.map(|(x, y)| (x, y * 1.3 + 0.004))))
        .series(Series::dots("lost packets", losses))
        .chart()
}

fn main() -> std::io::Result<()> {
    let bars = Bars::new("Cost of a packet", Unit::Seconds)
        .series(["str0m", "Lapwing"])
        .group("VP8 frame, out", [2.4e-6, 2.5e-6])
        .group("VP8 frame, in", [2.1e-6, 2.2e-6])
        .group("data channel message", [6.1e-6, 6.2e-6])
        .chart();
    let table = Table::new(["peer", "frames sent", "frames received", "loss"])
        .row(["Ada", "1800", "1797", "0.2 %"])
        .row(["Grace", "1800", "1800", "0.0 %"]);
    let picture = round_trip().png();
    Report::new("Gallery of charts")
        .verdict(Tone::Good, "Both peers connected; 3,597 of 3,600 frames arrived")
        .figures([
            ("connected after", "0.21 s", "5 round trips"),
            ("round trip", "46 ms", "median"),
            ("frames", "3,597", "of 3,600"),
            ("loss", "0.1 %", ""),
        ])
        .section("Media")
        .text("Rates are averages of 100 ms.")
        .chart(&bitrate())
        .chart(&round_trip())
        .table(&table)
        .section("Bars and pictures")
        .chart(&bars)
        .images_png([("the second chart as PNG", picture.as_slice()), ("again", &picture)])
        .verdict(Tone::Warn, "one keyframe came late")
        .verdict(Tone::Bad, "a failure looks like this")
        .log("events of Ada", "0.000 gathering\n0.052 checking\n0.210 connected")
        .write("target/bench/gallery.html")?;
    println!("target/bench/gallery.html");
    Ok(())
}
