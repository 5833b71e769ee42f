//! Bytes of an official file as text, in whichever encoding it says that it is.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// A declaration stands within so many bytes.
const DECLARED_WITHIN: usize = 200;

/// Why bytes are no text, in French.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody knows this encoding.
    #[error("encodage « {0} » inconnu ; enregistrez le fichier en UTF-8")]
    Unknown(String),
    /// They are not what they are said to be.
    #[error("ligne {line} : caractère illisible en {encoding} ; enregistrez le fichier en UTF-8")]
    Broken {
        /// Where, from 1.
        line: usize,
        /// What it should be.
        encoding: &'static str,
    },
}

/// By the mark at their beginning, by what XML declares, or else UTF-8.
///
/// # Errors
/// Names the encoding, or the line that does not fit it.
pub fn decode(bytes: &[u8]) -> Result<String, Error> {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None => declared(bytes)?,
    };
    let (text, _, broken) = encoding.decode(bytes);
    if broken {
        let line = 1 + text.split('\u{fffd}').next().unwrap_or_default().matches('\n').count();
        let encoding = encoding.name();
        return Err(Error::Broken { line, encoding });
    }
    Ok(text.into_owned())
}

fn declared(bytes: &[u8]) -> Result<&'static Encoding, Error> {
    match bytes {
        // "<" in each order of bytes.
        [b'<', 0, ..] => return Ok(UTF_16LE),
        [0, b'<', ..] => return Ok(UTF_16BE),
        _ => {}
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARED_WITHIN)]);
    let declaration = head.strip_prefix("<?xml").and_then(|rest| rest.split("?>").next());
    let label = declaration.and_then(|declaration| declaration.split_once("encoding"));
    let label = label.and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    let Some(label) = label else { return Ok(UTF_8) };
    match Encoding::for_label(label.as_bytes()) {
        // It could not be read if it were.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(UTF_8),
        Some(encoding) => Ok(encoding),
        None => Err(Error::Unknown(label.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_counts() {
        let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9t\xe9</a>";
        assert!(decode(latin).unwrap().ends_with("<a>été</a>"));
        for bytes in [
            "<a>été</a>".as_bytes().to_vec(),
            "\u{feff}<a>été</a>".as_bytes().to_vec(),
            wide("\u{feff}<a>été</a>", u16::to_le_bytes),
            wide("\u{feff}<a>été</a>", u16::to_be_bytes),
            wide("<a>été</a>", u16::to_le_bytes),
            wide("<a>été</a>", u16::to_be_bytes),
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok("<a>été</a>"), "{bytes:?}");
        }
        assert!(decode(b"<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>").is_ok());
        assert_eq!(decode(b""), Ok(String::new()));
    }

    #[test]
    fn what_is_no_text_is_named() {
        let broken = decode(b"<a>\n\xe9t\xe9</a>");
        assert_eq!(
            broken,
            Err(Error::Broken {
                line: 2,
                encoding: "UTF-8"
            })
        );
        let unknown = decode(b"<?xml version=\"1.0\" encoding=\"klingon\"?><a/>");
        assert_eq!(unknown, Err(Error::Unknown("klingon".into())));
    }
}
