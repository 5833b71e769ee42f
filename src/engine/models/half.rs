//! Half precision, IEEE 754 binary16: what CTranslate2 stores and what ggml wants.

/// Exact.
pub fn f32_of_f16(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let (exponent, fraction) = (u32::from(half >> 10 & 31), u32::from(half & 0x3ff));
    match exponent {
        0 => f32::from_bits(sign | (fraction as f32 * 2f32.powi(-24)).to_bits()),
        31 => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

/// Rounds to nearest, ties to even.
pub fn f16_of_f32(x: f32) -> u16 {
    let sign = (x.to_bits() >> 16 & 0x8000) as u16;
    let magnitude = x.abs();
    if magnitude.is_nan() {
        return sign | 0x7e00;
    }
    if magnitude < 2f32.powi(-14) {
        // Subnormal: a whole number of 2⁻²⁴.
        return sign | (magnitude * 2f32.powi(24)).round_ties_even() as u16;
    }
    let bits = magnitude.to_bits();
    let rounded = bits + 0xfff + (bits >> 13 & 1);
    sign | if rounded >= 0x4780_0000 {
        0x7c00
    } else {
        ((rounded - (112 << 23)) >> 13) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_survives_the_way_through_f32() {
        for half in 0..=u16::MAX {
            let wide = f32_of_f16(half);
            match wide.is_nan() {
                true => assert!(f32_of_f16(f16_of_f32(wide)).is_nan()),
                false => assert_eq!(f16_of_f32(wide), half, "{wide}"),
            }
        }
    }

    #[test]
    fn rounding_is_to_nearest_and_ties_go_to_even() {
        let ulp = 2f32.powi(-10);
        for (x, half) in [
            (1.0 + 0.49 * ulp, 0x3c00),
            (1.0 + 0.5 * ulp, 0x3c00),
            (1.0 + 0.51 * ulp, 0x3c01),
            (1.0 + 1.5 * ulp, 0x3c02),
            (-2.0, 0xc000),
            (65504.0, 0x7bff),
            (65519.9, 0x7bff),
            (65520.0, 0x7c00),
            (f32::INFINITY, 0x7c00),
            (2f32.powi(-24), 0x0001),
            (2f32.powi(-25), 0x0000),
            (1.5 * 2f32.powi(-25), 0x0001),
            (2f32.powi(-14) * (1.0 - 2f32.powi(-12)), 0x0400),
        ] {
            assert_eq!(f16_of_f32(x), half, "{x}");
        }
    }
}
