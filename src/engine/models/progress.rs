//! Telling a person how far a fetch is: a bar on a terminal, a line every few seconds elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// Is told what happens during a fetch. Amounts are bytes.
pub trait Progress {
    /// Something of `total` bytes begins, `done` of which are there already.
    fn begin(&mut self, what: &str, total: u64, done: u64);
    /// It now has `done` bytes.
    fn advance(&mut self, done: u64);
    /// It has ended, well or not.
    fn end(&mut self);
    /// One line to say, in French.
    fn say(&mut self, line: &str);
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _: &str, _: u64, _: u64) {}
    fn advance(&mut self, _: u64) {}
    fn end(&mut self) {}
    fn say(&mut self, _: &str) {}
}

/// Tells standard error.
pub struct Terminal {
    bars: bool,
    current: Option<Current>,
}

struct Current {
    bar: ProgressBar,
    what: String,
    total: u64,
    /// When the next plain line is due, and what was there at the beginning.
    due: Instant,
    began: Instant,
    from: u64,
}

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

impl Default for Terminal {
    fn default() -> Self {
        Self {
            bars: std::io::stderr().is_terminal(),
            current: None,
        }
    }
}

impl Progress for Terminal {
    fn begin(&mut self, what: &str, total: u64, done: u64) {
        let bar = if self.bars {
            ProgressBar::new(total).with_style(style())
        } else {
            ProgressBar::hidden()
        };
        bar.set_message(what.to_owned());
        bar.set_position(done);
        bar.reset_eta();
        let now = Instant::now();
        let what = what.to_owned();
        self.current = Some(Current {
            bar,
            what,
            total,
            due: now + LINE_EVERY,
            began: now,
            from: done,
        });
    }

    fn advance(&mut self, done: u64) {
        let Some(current) = &mut self.current else { return };
        current.bar.set_position(done);
        if !self.bars && Instant::now() >= current.due {
            current.due += LINE_EVERY;
            let seconds = current.began.elapsed().as_secs_f64();
            let rate = done.saturating_sub(current.from) as f64 / seconds;
            let left = current.total.saturating_sub(done) as f64 / rate.max(1.0);
            let (what, now, total) = (&current.what, megabytes(done), megabytes(current.total));
            eprintln!(
                "  {what} : {now} sur {total}, {}/s, reste {left:.0} s",
                megabytes(rate as u64)
            );
        }
    }

    fn end(&mut self) {
        if let Some(current) = self.current.take() {
            current.bar.finish_and_clear();
        }
    }

    fn say(&mut self, line: &str) {
        match &self.current {
            Some(current) if self.bars => current.bar.suspend(|| eprintln!("{line}")),
            _ => eprintln!("{line}"),
        }
    }
}

/// « 81,8 Mo ».
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} Mo", bytes as f64 / 1e6).replace('.', ",")
}

fn style() -> ProgressStyle {
    let write = |w: &mut dyn std::fmt::Write, text: String| w.write_str(&text).unwrap_or_default();
    ProgressStyle::with_template("  {msg:40!} {bar:30} {done} sur {total}  {rate}/s  reste {eta}")
        .expect("a constant template, tried by a test")
        .with_key("done", move |s: &ProgressState, w: &mut dyn std::fmt::Write| {
            write(w, megabytes(s.pos()))
        })
        .with_key("total", move |s: &ProgressState, w: &mut dyn std::fmt::Write| {
            write(w, megabytes(s.len().unwrap_or_default()))
        })
        .with_key("rate", move |s: &ProgressState, w: &mut dyn std::fmt::Write| {
            write(w, megabytes(s.per_sec() as u64))
        })
        .progress_chars("█▓░")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_the_french_way() {
        assert_eq!(megabytes(81_768_585), "81,8 Mo");
        assert_eq!(megabytes(0), "0,0 Mo");
    }

    #[test]
    fn a_bar_can_be_drawn() {
        let mut terminal = Terminal {
            bars: true,
            current: None,
        };
        terminal.begin("essai", 10, 2);
        terminal.advance(7);
        assert_eq!(terminal.current.as_ref().map(|current| current.bar.position()), Some(7));
        terminal.end();
        assert!(terminal.current.is_none());
    }
}
