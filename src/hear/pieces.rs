//! A long recording in pieces that recognition can take, each with speech in it and none cut within a word.

use std::ops::Range;

use super::voice::VoiceActivity;
use crate::units::{FRAME, FRAME_MS};

/// Longest piece, in frames: a recogniser works on it for a second or so, and its words are still one sentence or two.
const LONGEST: usize = 12_000 / FRAME_MS as usize;
/// A piece that must be cut is not cut before this, in frames.
const SHORTEST: usize = 4000 / FRAME_MS as usize;
/// Quiet for so long, in frames, ends a piece: recognition invents words in long silences.
const PAUSE: usize = 1200 / FRAME_MS as usize;
/// What is kept around speech, in frames.
const AROUND: usize = 200 / FRAME_MS as usize;

/// Where the pieces are, in samples.
pub fn pieces(sound: &[i16]) -> Vec<Range<usize>> {
    let mut voice = VoiceActivity::default();
    let frames = sound.chunks_exact(FRAME);
    let speech: Vec<bool> = frames
        .map(|frame| voice.frame(&std::array::from_fn(|n| frame[n]), false).speech)
        .collect();
    let (mut pieces, mut from) = (Vec::new(), 0);
    while let Some(start) = next(&speech, from, true) {
        let end = end(&speech, start);
        let first = start.saturating_sub(AROUND).max(from);
        let last = (end + AROUND).min(speech.len());
        pieces.push(first * FRAME..last * FRAME);
        from = end;
    }
    pieces
}

/// The next frame from this one on that is speech, or is not.
fn next(speech: &[bool], from: usize, wanted: bool) -> Option<usize> {
    let rest = speech.get(from..)?;
    rest.iter().position(|is| *is == wanted).map(|n| from + n)
}

/// Where the piece ends that starts here: at the first long pause, or in the middle of the longest one before it gets too
/// long.
fn end(speech: &[bool], start: usize) -> usize {
    let latest = start + LONGEST;
    let (mut longest, mut at) = (0, latest);
    let mut from = start;
    while let Some(quiet) = next(speech, from, false).filter(|quiet| *quiet < latest) {
        let Some(on) = next(speech, quiet, true) else {
            return quiet;
        };
        let length = on - quiet;
        if length >= PAUSE {
            return quiet;
        }
        if quiet >= start + SHORTEST && length > longest {
            (longest, at) = (length, quiet + length / 2);
        }
        from = on;
    }
    at.min(speech.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{Pcm, level, wav};

    /// A citizen's question of some three seconds.
    fn question() -> Vec<i16> {
        let file = include_bytes!("../../audio-fixtures/c02.wav");
        let clip: Pcm<16_000> = wav::read("c02.wav", std::io::Cursor::new(&file[..])).expect("a fixture");
        let loud = |frame: &[i16]| level(frame) > -40.0;
        let first = clip.0.chunks(FRAME).position(loud).expect("speech");
        let last = clip.0.chunks(FRAME).rposition(loud).expect("speech");
        clip.0[first * FRAME..(last + 1) * FRAME].to_vec()
    }

    fn seconds(seconds: f32) -> Vec<i16> {
        vec![0; (seconds * 16_000.0) as usize]
    }

    #[test]
    fn nothing_said_is_no_piece() {
        assert!(pieces(&seconds(20.0)).is_empty());
        assert!(pieces(&[]).is_empty());
    }

    #[test]
    fn a_long_silence_is_in_no_piece() {
        let sound = [question(), seconds(8.0), question()].concat();
        let pieces = pieces(&sound);
        assert_eq!(pieces.len(), 2, "{pieces:?}");
        let said = question().len();
        assert!(
            pieces[0].end < said + 16_000 && pieces[1].start > said + 6 * 16_000,
            "{pieces:?}"
        );
    }

    #[test]
    fn who_talks_on_is_cut_where_the_pause_is_longest() {
        let talk: Vec<i16> = (0..8)
            .flat_map(|n| [question(), seconds(if n == 1 { 0.8 } else { 0.1 })].concat())
            .collect();
        let pieces = pieces(&talk);
        let longest = (LONGEST + 2 * AROUND) * FRAME;
        assert!(
            pieces.len() > 1 && pieces.iter().all(|piece| piece.len() <= longest),
            "{pieces:?}"
        );
        // Nothing is lost between them.
        assert!(
            pieces.windows(2).all(|two| two[1].start <= two[0].end + 16_000),
            "{pieces:?}"
        );
        let pause = 2 * question().len() + 1600;
        let cut = pieces[0].end - AROUND * FRAME;
        assert!(pause <= cut && cut <= pause + 12_800, "{pause} {pieces:?}");
    }
}
