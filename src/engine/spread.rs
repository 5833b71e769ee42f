//! On how many cores a decode runs.
//!
//! One that is alone is over in 60 % of the time on two cores (189 ms instead of 317 for a turn). But where something
//! else keeps one of them busy, its threads wait for each other at every step, and it takes twice as long as on one
//! (652 ms). The processor time of the thread that leads tells: 97 % of the time that passed where the cores were free,
//! 66 % where one was not.

use std::time::Duration;

/// Share of processor time below which it had to wait for another's work.
const FREE: f32 = 0.85;
/// So many decodes take one core after that; twice as many where it was so the last time too, up to the most. A
/// neighbour's blip costs one caller a tenth of a second; a busy core is found out once for many.
const BACK_OFF: std::ops::RangeInclusive<u32> = 1..=8;

/// Decides it for a pool of decoders.
#[derive(Debug)]
pub struct Spread {
    cores: usize,
    /// Decodes that will still take one core.
    back_off: u32,
    /// How many will, the next time.
    next: u32,
}

impl Spread {
    /// For a pool with so many threads.
    pub fn new(cores: usize) -> Self {
        Self {
            cores,
            back_off: 0,
            next: *BACK_OFF.start(),
        }
    }

    /// Cores for the next decode, which is `alone` when no other runs or waits.
    pub fn cores(&mut self, alone: bool) -> usize {
        if !alone {
            return 1;
        }
        if self.back_off > 0 {
            self.back_off -= 1;
            return 1;
        }
        self.cores
    }

    /// A decode on more than one core is over: its leading thread worked for `worked` of the time that passed.
    pub fn tell(&mut self, worked: Duration, passed: Duration) {
        if worked < passed.mul_f32(FREE) {
            self.back_off = self.next;
            self.next = (2 * self.next).min(*BACK_OFF.end());
        } else {
            self.next = *BACK_OFF.start();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decode_that_is_alone_has_all_cores_until_something_else_needs_them() {
        let ms = Duration::from_millis;
        let mut spread = Spread::new(2);
        assert_eq!((spread.cores(true), spread.cores(false)), (2, 1));
        spread.tell(ms(195), ms(200));
        assert_eq!(spread.cores(true), 2);
        for one_core in [1, 2, 4, 8, 8] {
            spread.tell(ms(400), ms(600));
            for _ in 0..one_core {
                assert_eq!(spread.cores(true), 1);
            }
            assert_eq!(spread.cores(true), 2, "it may be over");
        }
        spread.tell(ms(195), ms(200));
        spread.tell(ms(400), ms(600));
        assert_eq!((spread.cores(true), spread.cores(true)), (1, 2), "it was over");
        assert_eq!(Spread::new(1).cores(true), 1);
    }
}
