//! G.711 (ITU-T, 1988): 8 kHz, one byte a sample, on the logarithmic scales of Europe (A-law) and America (µ-law).

/// Decoded value of each A-law code.
static ALAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = alaw_to_linear(code as u8);
        code += 1;
    }
    table
};
/// Decoded value of each µ-law code.
static ULAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = ulaw_to_linear(code as u8);
        code += 1;
    }
    table
};

/// One A-law byte → 16-bit sample (13 significant bits).
pub fn alaw_decode(code: u8) -> i16 {
    ALAW[usize::from(code)]
}

/// One µ-law byte → 16-bit sample (14 significant bits).
pub fn ulaw_decode(code: u8) -> i16 {
    ULAW[usize::from(code)]
}

/// 16-bit sample → A-law byte. Even bits are inverted (G.711, table 1a).
pub fn alaw_encode(sample: i16) -> u8 {
    let sign = if sample >= 0 { 0xD5 } else { 0x55 };
    // Negative values mirror the positive ones: −1 is quantised as 0 is.
    let magnitude = if sample >= 0 { sample } else { !sample } as u16 >> 4;
    let segment = (16 - (magnitude | 0x0F).leading_zeros() - 4) as u8;
    let mantissa = if segment <= 1 {
        magnitude
    } else {
        magnitude >> (segment - 1)
    } as u8
        & 0x0F;
    (segment << 4 | mantissa) ^ sign
}

/// 16-bit sample → µ-law byte. All bits are inverted (G.711, table 2a).
pub fn ulaw_encode(sample: i16) -> u8 {
    const BIAS: u16 = 33;
    const CLIP: u16 = 0x1FFF;
    let sign = if sample >= 0 { 0xFF } else { 0x7F };
    let magnitude = ((if sample >= 0 { sample } else { !sample } as u16 >> 2) + BIAS).min(CLIP);
    let segment = (16 - magnitude.leading_zeros() - 6) as u8;
    let mantissa = (magnitude >> (segment + 1)) as u8 & 0x0F;
    (segment << 4 | mantissa) ^ sign
}

const fn alaw_to_linear(code: u8) -> i16 {
    let code = code ^ 0x55;
    let (segment, mantissa) = (code >> 4 & 7, (code & 0x0F) as i16);
    // Each code stands for the middle of its interval.
    let magnitude = match segment {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (segment - 1),
    };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

const fn ulaw_to_linear(code: u8) -> i16 {
    let code = !code;
    let (segment, mantissa) = (code >> 4 & 7, (code & 0x0F) as i16);
    let magnitude = (((mantissa << 3) + 0x84) << segment) - 0x84;
    if code & 0x80 != 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Code and decoded value at the ends of segments (ITU-T G.711 tables 1 and 2, scaled to 16 bits).
    const ALAW_KNOWN: [(u8, i16); 10] = [
        (0xD5, 8),
        (0x55, -8),
        (0xD4, 24),
        (0xDA, 248),
        (0xC5, 264),
        (0x80, 5_504),
        (0xAA, 32_256),
        (0x2A, -32_256),
        (0xA5, 16_896),
        (0xBA, 16_128),
    ];
    const ULAW_KNOWN: [(u8, i16); 8] = [
        (0xFF, 0),
        (0x7F, 0),
        (0xFE, 8),
        (0x7E, -8),
        (0x80, 32_124),
        (0x00, -32_124),
        (0xEF, 132),
        (0x8F, 16_764),
    ];

    #[test]
    fn known_values() {
        for (code, sample) in ALAW_KNOWN {
            assert_eq!(alaw_decode(code), sample, "A-law {code:02X}");
            assert_eq!(alaw_encode(sample), code, "A-law {sample}");
        }
        for (code, sample) in ULAW_KNOWN {
            assert_eq!(ulaw_decode(code), sample, "µ-law {code:02X}");
        }
        assert_eq!((ulaw_encode(0), ulaw_encode(8), ulaw_encode(-8)), (0xFF, 0xFE, 0x7E));
        assert_eq!((ulaw_encode(i16::MAX), ulaw_encode(i16::MIN)), (0x80, 0x00));
        assert_eq!((alaw_encode(i16::MAX), alaw_encode(i16::MIN)), (0xAA, 0x2A));
    }

    fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
        bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
        })
    }

    /// Hashes of what Python 3.11's `audioop` (from Sun's g711.c) gives. Not for µ-law coding: it rounds negative
    /// samples away from zero; here they mirror the positive ones, as in ITU-T's own G.191 tools.
    #[test]
    fn the_whole_tables_are_those_of_an_independent_coder() {
        assert_eq!(
            fnv1a((0..=255).flat_map(|code| alaw_decode(code).to_le_bytes())),
            0x693A40CA62A3D2A5
        );
        assert_eq!(
            fnv1a((0..=255).flat_map(|code| ulaw_decode(code).to_le_bytes())),
            0xB91E65D68481A1A8
        );
        assert_eq!(fnv1a((i16::MIN..=i16::MAX).map(alaw_encode)), 0xF030666EB780CF25);
    }

    #[test]
    fn every_code_comes_back() {
        for code in 0..=255 {
            assert_eq!(alaw_encode(alaw_decode(code)), code);
            // µ-law has two zeros; "minus zero" comes back as plus zero.
            assert_eq!(ulaw_encode(ulaw_decode(code)), if code == 0x7F { 0xFF } else { code });
        }
    }

    type Law = (fn(i16) -> u8, fn(u8) -> i16);

    #[test]
    fn every_sample_lands_on_a_nearest_code_and_never_falls() {
        let laws: [Law; 2] = [(alaw_encode, alaw_decode), (ulaw_encode, ulaw_decode)];
        for (encode, decode) in laws {
            let mut last = i16::MIN;
            for sample in i16::MIN..=i16::MAX {
                let decoded = decode(encode(sample));
                assert!(decoded >= last, "order is kept at {sample}");
                last = decoded;
                let allowed = (i32::from(sample).abs() / 32).max(8) + 16;
                let error = (i32::from(decoded) - i32::from(sample)).abs();
                assert!(
                    error <= allowed || i32::from(sample).abs() > 32_124,
                    "{sample} → {decoded}"
                );
            }
        }
    }
}
