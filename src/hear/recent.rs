//! The last seconds of somebody's sound, to be recognised once it is known where it began.

use crate::audio::Pcm;
use crate::units::FRAME;

/// What is remembered: 300 frames of 20 ms, 6 s.
const MOST: usize = 300 * FRAME;

/// The last 6 s at 16 kHz. Allocates nothing once it is full.
#[derive(Debug)]
pub struct Recent(Vec<i16>);

impl Default for Recent {
    fn default() -> Self {
        Self(Vec::with_capacity(2 * MOST))
    }
}

impl Recent {
    /// Takes the next 20 ms.
    pub fn frame(&mut self, frame: &[i16; FRAME]) {
        if self.0.len() == 2 * MOST {
            self.0.drain(..MOST);
        }
        self.0.extend_from_slice(frame);
    }

    /// The last so many frames, or as many as there are; 6 s at most.
    pub fn last(&self, frames: usize) -> Pcm<16_000> {
        let samples = (frames * FRAME).min(MOST).min(self.0.len());
        Pcm(self.0[self.0.len() - samples..].to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_is_given() {
        let mut recent = Recent::default();
        assert!(recent.last(3).0.is_empty());
        for n in 0..1_000 {
            recent.frame(&[n; FRAME]);
            let kept = recent.last(2).0;
            assert_eq!(kept.len(), FRAME * 2.min(n as usize + 1));
            assert_eq!((kept[0], kept[kept.len() - 1]), ((n - 1).max(0), n));
        }
        assert_eq!(recent.last(10_000).0.len(), MOST);
        assert_eq!(recent.last(300).0[0], 700);
    }
}
