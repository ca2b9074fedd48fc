//! Digits as blocks, five by seven.

use crate::picture::{Picture, PlaneIndex};

/// Columns of a glyph and the gap after it.
const ADVANCE: u32 = 6;
/// Columns of a glyph.
const COLUMNS: u32 = 5;
/// Rows of a glyph.
pub(crate) const ROWS: u32 = 7;

/// The rows of a glyph from the top, five bits each, the left one highest.
fn glyph(character: char) -> [u8; ROWS as usize] {
    match character {
        '0' => [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e],
        '1' => [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e],
        '2' => [0x0e, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1f],
        '3' => [0x0e, 0x11, 0x01, 0x06, 0x01, 0x11, 0x0e],
        '4' => [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02],
        '5' => [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e],
        '6' => [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e],
        '7' => [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
        '8' => [0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e],
        '9' => [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c],
        ':' => [0x00, 0x04, 0x04, 0x00, 0x04, 0x04, 0x00],
        '.' => [0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x04],
        '#' => [0x0a, 0x0a, 0x1f, 0x0a, 0x1f, 0x0a, 0x0a],
        _ => [0; ROWS as usize],
    }
}

/// Columns a text takes at a scale of one.
pub(crate) fn width(text: &str) -> u32 {
    text.chars().count() as u32 * ADVANCE - 1
}

/// Draws `text` in luma with its upper left corner at `(left, top)`, each block `scale` pixels
/// wide and high. What lies outside is cut off.
pub(crate) fn draw(
    picture: &mut Picture,
    text: &str,
    (left, top): (u32, u32),
    scale: u32,
    luma: u8,
) {
    for (index, character) in text.chars().enumerate() {
        let left = left + index as u32 * ADVANCE * scale;
        for (row, bits) in (0..).zip(glyph(character)) {
            for column in (0..COLUMNS).filter(|column| bits >> (COLUMNS - 1 - column) & 1 == 1) {
                let corner = (left + column * scale, top + row * scale);
                fill(picture, PlaneIndex::Y, corner, (scale, scale), luma);
            }
        }
    }
}

/// Fills a rectangle of one plane, cut off at its edges.
pub(crate) fn fill(
    picture: &mut Picture,
    plane: PlaneIndex,
    (left, top): (u32, u32),
    (width, height): (u32, u32),
    value: u8,
) {
    let (columns, rows) = picture.plane_size(plane);
    let (left, right) = (left.min(columns), left.saturating_add(width).min(columns));
    for row in top.min(rows)..top.saturating_add(height).min(rows) {
        picture.row_mut(plane, row)[left as usize..right as usize].fill(value);
    }
}
