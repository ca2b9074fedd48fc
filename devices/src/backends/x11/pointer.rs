//! The pointer, which no picture of a screen has in it.

/// An image of the pointer, with alpha, red, green and blue in words (XFixes, premultiplied).
pub(super) struct Pointer {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) pixels: Vec<u32>,
}

/// Draws the pointer over pixels of four bytes, blue first, where it lies within.
pub(super) fn draw(pixels: &mut [u8], (width, height): (u32, u32), pointer: &Pointer) {
    let rows = pointer.pixels.chunks_exact(usize::from(pointer.width.max(1)));
    for (row, line) in (pointer.top..).zip(rows.take(pointer.height.into())) {
        for (column, argb) in (pointer.left..).zip(line) {
            let inside = (0..width as i32).contains(&column) && (0..height as i32).contains(&row);
            if !inside {
                continue;
            }
            let place = (row as usize * width as usize + column as usize) * 4;
            let Some(pixel) = pixels.get_mut(place..place + 3) else { return };
            let [blue, green, red, alpha] = argb.to_le_bytes();
            for (under, over) in pixel.iter_mut().zip([blue, green, red]) {
                let rest = u32::from(*under) * (255 - u32::from(alpha)) / 255;
                *under = (rest + u32::from(over)).min(255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_laid_over_and_cut_off_at_the_edge() {
        let mut pixels = [100_u8; 4 * 4];
        // Nothing of the first row is seen; then opaque red, then half transparent white.
        let image = vec![u32::MAX, u32::MAX, 0xffff_0000, 0x8080_8080];
        let pointer = Pointer { left: 1, top: -1, width: 2, height: 2, pixels: image };
        draw(&mut pixels, (2, 2), &pointer);
        assert_eq!(pixels[4..7], [0, 0, 255]);
        assert!(pixels[8..].iter().all(|sample| *sample == 100));
        draw(&mut pixels, (2, 2), &Pointer { left: 0, ..pointer });
        assert_eq!(pixels[4..7], [128, 128, 255]);
    }
}
