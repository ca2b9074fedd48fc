use super::super::scene::Shape;
use super::*;

fn texts(chart: &Chart) -> Vec<&str> {
    let text = |shape: &'_ Shape| matches!(shape, Shape::Text { .. });
    let shapes = chart.scene.shapes.iter().filter(|shape| text(shape));
    shapes
        .filter_map(|shape| match shape {
            Shape::Text { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// Lines of a series, each a stretch without gaps.
fn stretches(chart: &Chart) -> Vec<usize> {
    let lines = chart.scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Line { points, stroke } if stroke.width == 2.0 => Some(points.len()),
        _ => None,
    });
    lines.collect()
}

#[test]
fn everything_named_is_written() {
    let chart = Lines::new("Bitrate")
        .y(Unit::BitsPerSecond)
        .series(Series::line("sent", [(0.0, 0.0), (9.0, 1.9e6)]))
        .series(Series::step("link", [(0.0, 2e6), (5.0, 1e6)]))
        .event(4.0, "path cut")
        .span(6.0, 7.0, "loss")
        .reference(1.5e6, "goal")
        .chart();
    let texts = texts(&chart);
    for text in ["Bitrate", "sent", "link", "path cut", "loss", "goal", "Mbit/s", "time (s)", "2.0"]
    {
        assert!(texts.contains(&text), "{text} among {texts:?}");
    }
    assert_eq!(stretches(&chart), [2, 3]);
}

#[test]
fn gaps_stay_open() {
    let points = [(0.0, 1.0), (1.0, 2.0), (2.0, f64::NAN), (3.0, 1.0), (4.0, 1.0), (5.0, 3.0)];
    let chart = Lines::new("").series(Series::line("a", points)).chart();
    assert_eq!(stretches(&chart), [2, 3]);
}

#[test]
fn everything_lies_within_the_picture() {
    let points = (0..500).map(|index| (f64::from(index), f64::from(index % 37) * 1e7));
    let mut lines = Lines::new("Many").size(420, 220).series(Series::area("a", points));
    for index in 0..9 {
        let at = 450.0 + f64::from(index) * 5.0;
        lines = lines.event(at, format!("event {index}")).x_range(0.0, 499.0);
    }
    let chart = lines.chart();
    for shape in &chart.scene.shapes {
        let points = match shape {
            Shape::Line { points, .. } | Shape::Area { points, .. } => points.clone(),
            Shape::Rect { from, to, .. } => vec![*from, *to],
            Shape::Dot { at, .. } | Shape::Text { at, .. } => vec![*at],
        };
        for (x, y) in points {
            assert!((0.0..=420.0).contains(&x) && (0.0..=220.0).contains(&y), "{shape:?}");
        }
    }
}

#[test]
fn strange_data_is_drawn_or_left_out() {
    let strange: [&[(f64, f64)]; 6] = [
        &[],
        &[(1.0, 1.0)],
        &[(f64::NAN, 1.0), (1.0, f64::INFINITY)],
        &[(0.0, 1e300), (1.0, -1e300)],
        &[(0.0, 0.0), (0.0, 0.0)],
        &[(5.0, -3.0), (2.0, -8.0)],
    ];
    for points in strange {
        for style in [Style::Line, Style::Step, Style::Area, Style::Dots] {
            let series = Series::new("s", points.iter().copied(), style);
            let chart = Lines::new("<&>").series(series).chart();
            let svg = chart.svg();
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
            assert!(svg.contains("<title>&lt;&amp;&gt;</title>"));
        }
    }
}

#[test]
fn colours_are_variables_and_png_is_png() {
    let chart = Lines::new("x").series(Series::line("a", [(0.0, 0.0), (1.0, 1.0)])).chart();
    assert!(chart.svg().contains("var(--plot-1, #2A78D6)"));
    let png = chart.png();
    assert_eq!(&png[1..4], b"PNG");
    let decoder = png::Decoder::new(std::io::Cursor::new(png));
    let reader = decoder.read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (1520, 600));
}
