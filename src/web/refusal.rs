//! What the pages are told when something is refused: a status and a sentence, nothing of the inside.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::Refusal;

/// A status, and a sentence in French.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused(pub(super) StatusCode, pub(super) &'static str);

impl From<Refusal> for Refused {
    fn from(Refusal(code, reason): Refusal) -> Self {
        Self(
            StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            reason,
        )
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status, reason) = self;
        (status, Json(serde_json::json!({ "erreur": reason }))).into_response()
    }
}
