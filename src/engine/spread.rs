//! On how many cores a decode runs.
//!
//! One that is alone is over in 60 % of the time on two cores (189 ms instead of 317 for a turn). But where something
//! else keeps one of them busy, its threads wait for each other at every step, and it takes twice as long as on one
//! (652 ms). The processor time of the thread that leads tells: 97 % of the time that passed where the cores were free,
//! 66 % where one was not.

use std::time::Duration;

/// Share of processor time below which it had to wait for another's work.
const FREE: f32 = 0.85;
/// So many decodes take one core after that.
const BACK_OFF: u32 = 8;

/// Decides it for a pool of decoders.
#[derive(Debug)]
pub struct Spread {
    cores: usize,
    back_off: u32,
}

impl Spread {
    /// For a pool with so many threads.
    pub fn new(cores: usize) -> Self {
        Self { cores, back_off: 0 }
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
            self.back_off = BACK_OFF;
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
        spread.tell(ms(400), ms(600));
        for _ in 0..BACK_OFF {
            assert_eq!(spread.cores(true), 1);
        }
        assert_eq!(spread.cores(true), 2, "it may be over");
        assert_eq!(Spread::new(1).cores(true), 1);
    }
}
