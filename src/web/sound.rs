//! Sound, whole or in part (RFC 9110, section 14): browsers ask for parts to jump within it. An hour of a recorded conversation
//! is 230 MB: it is read as it is sent.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::io::AsyncReadExt;

use super::console::{Console, Work};
use super::error::WebError;
use super::session::Session;
use crate::store::Action;

/// What is read at a time.
const CHUNK: u64 = 64 << 10;

/// Which part of a sound somebody asks for.
pub struct Wanted(Option<String>);

impl<S: Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let range = parts.headers.get(header::RANGE);
        Ok(Self(range.and_then(|value| value.to_str().ok().map(str::to_owned))))
    }
}

/// Sends what was asked for: `found` gives the file, or says why not, and what the trail tells of who listens to what.
pub async fn send(
    console: &Arc<Console>,
    session: Session,
    Wanted(wanted): Wanted,
    found: impl FnOnce(&Work) -> Result<(PathBuf, Action, String), WebError> + Send + 'static,
) -> Result<Response, WebError> {
    let open = move |work: &Work| {
        let (path, action, subject) = found(work)?;
        let failed = |error: io::Error| WebError::Failed(format!("{} : {error}", path.display()));
        let mut file = File::open(&path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let part = wanted.as_deref().map_or(Part::Whole, |wanted| part(wanted, length));
        if part != Part::Beyond {
            // Whatever part it is: nobody listens unseen by leaving out the first byte. The trail takes those of a minute for one.
            work.audit(action, Some(&subject))?;
        }
        if let Part::Some(range) = &part {
            file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
        }
        Ok((file, length, part))
    };
    let (file, length, part) = console.work(session, open).await?;
    let (status, sent, about) = match part {
        Part::Whole => (StatusCode::OK, length, None),
        Part::Some(Range { start, end }) => {
            let about = format!("bytes {start}-{}/{length}", end - 1);
            (StatusCode::PARTIAL_CONTENT, end - start, Some(about))
        }
        Part::Beyond => (StatusCode::RANGE_NOT_SATISFIABLE, 0, Some(format!("bytes */{length}"))),
    };
    let head = [(header::CONTENT_TYPE, "audio/wav"), (header::ACCEPT_RANGES, "bytes")];
    let mut response = (status, head, Body::from_stream(chunks(file, sent))).into_response();
    response.headers_mut().insert(header::CONTENT_LENGTH, sent.into());
    if let Some(about) = about {
        let about = about.parse().expect("figures");
        response.headers_mut().insert(header::CONTENT_RANGE, about);
    }
    Ok(response)
}

/// The next so many bytes of a file, read as somebody takes them.
fn chunks(file: File, count: u64) -> impl Stream<Item = io::Result<Bytes>> {
    unfold(
        (tokio::fs::File::from_std(file), count),
        |(mut file, left)| async move {
            if left == 0 {
                return None;
            }
            let mut chunk = vec![0; left.min(CHUNK) as usize];
            // A file that is deleted meanwhile can still be read.
            match file.read_exact(&mut chunk).await {
                Ok(_) => {
                    let left = left - chunk.len() as u64;
                    Some((Ok(chunk.into()), (file, left)))
                }
                Err(error) => Some((Err(error), (file, 0))),
            }
        },
    )
}

#[derive(Debug, PartialEq)]
enum Part {
    Whole,
    Some(Range<u64>),
    Beyond,
}

/// What a `Range` asks of something of this length. What is not one plain range of bytes asks for the whole, as a server may
/// answer it.
fn part(wanted: &str, length: u64) -> Part {
    let plain = wanted.strip_prefix("bytes=").filter(|list| !list.contains(','));
    let Some((first, last)) = plain.and_then(|range| range.trim().split_once('-')) else {
        return Part::Whole;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Ok(first), Err(_)) if last.is_empty() => first..length,
        (Err(_), Ok(last)) if first.is_empty() && last > 0 => length.saturating_sub(last)..length,
        (Err(_), Ok(_)) if first.is_empty() => return Part::Beyond,
        _ => return Part::Whole,
    };
    if range.start < length {
        Part::Some(range)
    } else {
        Part::Beyond
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_the_rfc_says() {
        for (wanted, expected) in [
            ("bytes=0-", Part::Some(0..100)),
            ("bytes=0-0", Part::Some(0..1)),
            ("bytes=10-19", Part::Some(10..20)),
            ("bytes=90-500", Part::Some(90..100)),
            ("bytes=-10", Part::Some(90..100)),
            ("bytes=-500", Part::Some(0..100)),
            ("bytes=100-", Part::Beyond),
            ("bytes=-0", Part::Beyond),
            ("bytes=18446744073709551615-18446744073709551615", Part::Beyond),
            ("bytes=9-1", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=-", Part::Whole),
            ("lines=1-2", Part::Whole),
        ] {
            assert_eq!(part(wanted, 100), expected, "{wanted}");
        }
        assert_eq!(part("bytes=0-", 0), Part::Beyond, "nothing has no part");
    }
}
