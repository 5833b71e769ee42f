//! The sound of a message, whole or in part (RFC 9110, section 14): browsers ask for parts to jump within it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::console::{Console, Work};
use super::error::WebError;
use super::messages::theirs;
use super::session::Session;
use crate::store::Action;

/// Sends what was asked for.
pub async fn play(
    State(console): State<Arc<Console>>,
    session: Session,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let wanted = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok().map(str::to_owned));
    let read = move |work: &Work| {
        let message = theirs(work, &id)?;
        let failed = |error: std::io::Error| WebError::Failed(format!("message {id} : {error}"));
        let mut file = File::open(work.desk.sound(&message.id)).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let part = wanted.as_deref().map_or(Part::Whole, |wanted| part(wanted, length));
        let range = match &part {
            Part::Whole => 0..length,
            Part::Some(range) => range.clone(),
            Part::Beyond => {
                return Ok((
                    StatusCode::RANGE_NOT_SATISFIABLE,
                    format!("bytes */{length}"),
                    Vec::new(),
                ));
            }
        };
        // Players ask for the rest in parts; the trail tells of each listening once.
        if range.start == 0 {
            work.audit(Action::Listened, Some(&id))?;
        }
        let mut sound = vec![0; (range.end - range.start) as usize];
        file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
        file.read_exact(&mut sound).map_err(failed)?;
        let (status, last) = match part {
            Part::Some(_) => (StatusCode::PARTIAL_CONTENT, range.end.saturating_sub(1)),
            _ => (StatusCode::OK, 0),
        };
        Ok((status, format!("bytes {}-{last}/{length}", range.start), sound))
    };
    let (status, range, sound) = console.work(session, read).await?;
    let head = [(header::CONTENT_TYPE, "audio/wav"), (header::ACCEPT_RANGES, "bytes")];
    let mut response = (status, head, sound).into_response();
    if status != StatusCode::OK {
        let range = range.parse().expect("figures");
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    Ok(response)
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
