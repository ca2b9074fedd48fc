//! Structural similarity.

use lapwing_media::{Picture, PlaneIndex};

/// Side of a window, and the step from one to the next.
const WINDOW: usize = 8;
const STEP: usize = 4;

/// Structural similarity of luma (Wang et al. 2004), by even windows of 8x8: 1 for equal pictures.
pub(crate) fn ssim(a: &Picture, b: &Picture) -> f64 {
    let (width, height) = (a.width() as usize, a.height() as usize);
    let (a, b) = (a.plane(PlaneIndex::Y), b.plane(PlaneIndex::Y));
    let (mut sum, mut count) = (0.0, 0);
    for top in (0..=height - WINDOW).step_by(STEP) {
        for left in (0..=width - WINDOW).step_by(STEP) {
            sum += window(a, b, width, top * width + left);
            count += 1;
        }
    }
    sum / f64::from(count)
}

fn window(a: &[u8], b: &[u8], width: usize, at: usize) -> f64 {
    let (mut sa, mut sb, mut saa, mut sbb, mut sab) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
    for row in 0..WINDOW {
        let from = at + row * width;
        for (a, b) in a[from..from + WINDOW].iter().zip(&b[from..from + WINDOW]) {
            let (a, b) = (u32::from(*a), u32::from(*b));
            sa += a;
            sb += b;
            saa += a * a;
            sbb += b * b;
            sab += a * b;
        }
    }
    let n = (WINDOW * WINDOW) as f64;
    let (ma, mb) = (f64::from(sa) / n, f64::from(sb) / n);
    let (va, vb) = (f64::from(saa) / n - ma * ma, f64::from(sbb) / n - mb * mb);
    let vab = f64::from(sab) / n - ma * mb;
    let (c1, c2) = ((0.01_f64 * 255.0).powi(2), (0.03_f64 * 255.0).powi(2));
    (2.0 * ma * mb + c1) * (2.0 * vab + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
}
