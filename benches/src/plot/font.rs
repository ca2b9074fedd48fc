//! The one font of all charts, carried in the program.

use std::sync::Once;

use plotters::style::{FontStyle, IntoFont, register_font};

/// The family named in SVG: a browser takes its own sans-serif font, measured with ours.
pub(super) const FAMILY: &str = "sans-serif";

/// Makes the font known to `plotters`. Needed before anything is measured or drawn.
pub(super) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for style in [FontStyle::Normal, FontStyle::Bold] {
            let font = epaint_default_fonts::UBUNTU_LIGHT;
            if register_font(FAMILY, style, font).is_err() {
                unreachable!("the font is a constant and valid");
            }
        }
    });
}

/// How wide a text is, in pixels.
pub(super) fn width(text: &str, size: f64) -> f64 {
    register();
    let measured = (FAMILY, size).into_font().box_size(text);
    // Browsers' fonts run a little wider than ours.
    f64::from(measured.expect("the font is registered").0) * 1.06
}

#[cfg(test)]
mod tests {
    use super::width;

    #[test]
    fn longer_texts_are_wider() {
        assert!(width("bitrate", 12.0) > width("rate", 12.0));
        assert!(width("rate", 24.0) > width("rate", 12.0));
        assert_eq!(width("", 12.0), 0.0);
    }
}
