//! Wav files, in and out. Works on readers and writers, so that nothing here opens a file.

use std::io::{Read, Seek, Write};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use super::{Pcm, resample};

/// Longest recording that is read, in seconds: a wrong length field must not fill the memory.
const MAX_SECONDS: u32 = 3600;

/// Why a recording is unusable. Shown to users, so it is in French and names the file.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// Not a wav file, cut short, or of a kind that is not read.
    #[error("« {name} » n'est pas un fichier WAV lisible : {reason}")]
    Unreadable {
        /// The file, as the user named it.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The header is fine but there is nothing after it.
    #[error("« {name} » ne contient aucun son")]
    Empty {
        /// The file, as the user named it.
        name: String,
    },
    /// The recording could not be written.
    #[error("l'enregistrement « {name} » n'a pas pu être écrit : {reason}")]
    Unwritable {
        /// The file, as the user named it.
        name: String,
        /// What the system said.
        reason: String,
    },
}

/// Reads a recording and brings it to `RATE`: integers of 8 to 32 bits or floats, any sample rate, any number of
/// channels (mixed to one). `name` is for the error message.
pub fn read<const RATE: u32>(name: &str, source: impl Read) -> Result<Pcm<RATE>, WavError> {
    let unreadable = |reason: String| WavError::Unreadable {
        name: name.to_owned(),
        reason,
    };
    let mut reader = WavReader::new(source).map_err(|error| unreadable(explain(&error)))?;
    let spec = reader.spec();
    let channels = usize::from(spec.channels);
    if channels == 0 || !(4_000..=192_000).contains(&spec.sample_rate) {
        return Err(unreadable(format!("{} voies à {} Hz", spec.channels, spec.sample_rate)));
    }
    if reader.duration() > MAX_SECONDS * spec.sample_rate {
        return Err(unreadable("plus d'une heure de son".to_owned()));
    }
    let interleaved: Result<Vec<f32>, hound::Error> = match spec.sample_format {
        SampleFormat::Float => reader.samples::<f32>().collect(),
        SampleFormat::Int => {
            let full_scale = 2f32.powi(i32::from(spec.bits_per_sample) - 1);
            reader
                .samples::<i32>()
                .map(|sample| Ok(sample? as f32 / full_scale))
                .collect()
        }
    };
    let interleaved = interleaved.map_err(|error| unreadable(explain(&error)))?;
    let mono: Vec<i16> = interleaved
        .chunks_exact(channels)
        .map(|frame| (frame.iter().sum::<f32>() / channels as f32 * 32_768.0).round() as i16)
        .collect();
    if mono.is_empty() {
        return Err(WavError::Empty { name: name.to_owned() });
    }
    Ok(Pcm(resample(&mono, spec.sample_rate, RATE)))
}

/// Writes a recording as 16-bit mono. `name` is for the error message.
pub fn write<const RATE: u32>(name: &str, clip: &Pcm<RATE>, target: impl Write + Seek) -> Result<(), WavError> {
    let spec = WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let all = || {
        let mut writer = WavWriter::new(target, spec)?;
        clip.0.iter().try_for_each(|&sample| writer.write_sample(sample))?;
        writer.finalize()
    };
    all().map_err(|error: hound::Error| WavError::Unwritable {
        name: name.to_owned(),
        reason: explain(&error),
    })
}

/// Bytes before the sound of a file that begins with [`header`].
pub const HEADER: u64 = 44;

/// The beginning of a file of 16-bit samples that holds so many bytes of sound: for one that is written as it goes on.
pub fn header(channels: u16, rate: u32, bytes: u64) -> [u8; HEADER as usize] {
    let moment = u32::from(channels) * 2;
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX - HEADER as u32);
    let mut header = [0; HEADER as usize];
    let parts: [&[u8]; 13] = [
        b"RIFF",
        &(bytes + HEADER as u32 - 8).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16u32.to_le_bytes(),
        &1u16.to_le_bytes(),
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &(rate * moment).to_le_bytes(),
        &(moment as u16).to_le_bytes(),
        &16u16.to_le_bytes(),
        b"data",
        &bytes.to_le_bytes(),
    ];
    let all = parts.iter().copied().flatten();
    header.iter_mut().zip(all).for_each(|(place, byte)| *place = *byte);
    header
}

/// hound's errors in French.
fn explain(error: &hound::Error) -> String {
    match error {
        hound::Error::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "fichier tronqué".to_owned()
        }
        // hound names truncation so when it reads samples.
        hound::Error::IoError(error) if error.kind() == std::io::ErrorKind::Other => "fichier tronqué".to_owned(),
        hound::Error::IoError(error) => format!("le système refuse ({error})"),
        hound::Error::FormatError(what) => format!("en-tête invalide ({what})"),
        hound::Error::TooWide | hound::Error::Unsupported | hound::Error::InvalidSampleFormat => {
            "format d'échantillons non pris en charge (attendu : PCM 8 à 32 bits ou flottant 32 bits)".to_owned()
        }
        hound::Error::UnfinishedSample => "dernier échantillon incomplet".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::units::HZ;

    fn file(spec: WavSpec, seconds: f64) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
        for n in 0..(f64::from(spec.sample_rate) * seconds) as usize {
            let value = (n as f64 * std::f64::consts::TAU * 1000.0 / f64::from(spec.sample_rate)).sin() * 0.5;
            for _ in 0..spec.channels {
                match spec.sample_format {
                    SampleFormat::Float => writer.write_sample(value as f32).unwrap(),
                    SampleFormat::Int => {
                        let full_scale = (1i64 << (spec.bits_per_sample - 1)) as f64;
                        writer.write_sample((value * full_scale).round() as i32).unwrap();
                    }
                }
            }
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    #[test]
    fn reads_every_usual_kind() {
        for sample_rate in [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000] {
            for (bits_per_sample, sample_format) in [
                (8, SampleFormat::Int),
                (16, SampleFormat::Int),
                (24, SampleFormat::Int),
                (32, SampleFormat::Int),
                (32, SampleFormat::Float),
            ] {
                for channels in [1, 2] {
                    let spec = WavSpec {
                        channels,
                        sample_rate,
                        bits_per_sample,
                        sample_format,
                    };
                    let clip: Pcm<HZ> = read("essai.wav", &file(spec, 0.5)[..]).unwrap();
                    assert!((7_999..=8_001).contains(&clip.0.len()), "{spec:?}: {}", clip.0.len());
                    let middle = &clip.0[2_000..6_000];
                    let rms = (middle.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / 4_000.0).sqrt();
                    assert!((rms - 11_585.0).abs() < 120.0, "{spec:?}: {rms}");
                }
            }
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let clip = Pcm::<HZ>((0..1000).map(|n| (n * 31 % 20_000) as i16 - 10_000).collect());
        let mut bytes = Cursor::new(Vec::new());
        write("essai.wav", &clip, &mut bytes).unwrap();
        assert_eq!(read::<HZ>("essai.wav", &bytes.get_ref()[..]).unwrap(), clip);
    }

    #[test]
    fn a_header_of_ours_is_what_hound_writes() {
        for channels in [1, 2] {
            let spec = WavSpec {
                channels,
                sample_rate: 16_000,
                bits_per_sample: 16,
                sample_format: SampleFormat::Int,
            };
            let theirs = file(spec, 0.1);
            let bytes = theirs.len() as u64 - HEADER;
            assert_eq!(header(channels, 16_000, bytes), theirs[..HEADER as usize]);
        }
    }

    #[test]
    fn what_is_unusable_is_said_in_french_with_the_name() {
        let spec = WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let good = file(spec, 0.1);
        let mut absurd = good.clone();
        absurd[24..28].copy_from_slice(&11u32.to_le_bytes());
        absurd[28..32].copy_from_slice(&22u32.to_le_bytes());
        for (bytes, said) in [
            (&b""[..], "fichier tronqué"),
            (b"ID3 this is an mp3 file, not a wav", "en-tête invalide"),
            (&good[..30], "tronqué"),
            (&good[..good.len() - 101], "tronqué"),
            (&absurd, "11 Hz"),
            (&file(spec, 0.0), "aucun son"),
        ] {
            let error = read::<HZ>("accueil.wav", bytes).unwrap_err().to_string();
            assert!(error.starts_with("« accueil.wav »") && error.contains(said), "{error}");
        }
    }

    #[test]
    fn damaged_files_never_panic() {
        use rand::{Rng, SeedableRng, rngs::StdRng};
        let mut rng = StdRng::seed_from_u64(44);
        let spec = WavSpec {
            channels: 2,
            sample_rate: 8_000,
            bits_per_sample: 24,
            sample_format: SampleFormat::Int,
        };
        let good = file(spec, 0.02);
        for _ in 0..5_000 {
            let mut bytes = good.clone();
            for _ in 0..rng.random_range(1..6) {
                let at = rng.random_range(0..80);
                bytes[at] = rng.random();
            }
            let _ = read::<HZ>("x.wav", &bytes[..]);
        }
    }
}
