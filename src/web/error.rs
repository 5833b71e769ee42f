//! What goes wrong on a page: told in full to the log, and in a sentence to who asked.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::{layout, words};
use crate::store::StoreError;

/// Where to log in.
pub const LOGIN: &str = "/console/connexion";

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// Nobody is logged in, or no longer.
    #[error("pas de session")]
    NoSession,
    /// Asked for by a page in the background, whose session is over.
    #[error("session terminée")]
    SessionOver,
    /// It did not come from one of our pages.
    #[error("envoi d'une autre origine ou sans jeton : {0}")]
    Foreign(&'static str),
    /// It is not for this person.
    #[error("accès refusé")]
    Forbidden,
    /// There is no such thing, or it is not for this person.
    #[error("introuvable")]
    NotFound,
    /// It cannot be read.
    #[error("envoi illisible : {0}")]
    Unreadable(String),
    /// It cannot be done as things stand.
    #[error("{0}")]
    Conflict(&'static str),
    /// Too much at once.
    #[error("envoi trop long")]
    TooLong,
    /// Too many attempts; seconds to wait.
    #[error("trop d'essais")]
    TooMany(u64),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something else failed.
    #[error("{0}")]
    Failed(String),
}

impl WebError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoSession => StatusCode::SEE_OTHER,
            Self::SessionOver => StatusCode::UNAUTHORIZED,
            Self::Foreign(_) | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Store(_) | Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What who asked is told: a title, and what to do.
    fn told(&self) -> (&'static str, String) {
        let of = |title, what: &str| (title, what.to_owned());
        match self {
            Self::NoSession | Self::SessionOver => of("Session terminée", "Reconnectez-vous pour continuer."),
            Self::Foreign(_) => of(
                "Envoi refusé",
                "Cet envoi ne vient pas d'une page ouverte dans votre session. Revenez à la console et recommencez.",
            ),
            Self::Forbidden => of("Accès refusé", "Votre rôle ne donne pas accès à cette page."),
            Self::NotFound => of(
                "Page introuvable",
                "Il n'y a rien à cette adresse : c'est peut-être échu et effacé, ou réservé à un autre service.",
            ),
            Self::Unreadable(_) => of("Envoi illisible", "Revenez en arrière et recommencez."),
            Self::Conflict(why) => ("Trop tard", format!("{}.", words::capital(why))),
            Self::TooLong => of("Texte trop long", "Raccourcissez le texte et recommencez."),
            Self::TooMany(seconds) => (
                "Trop d'essais",
                format!("Trop d'essais de connexion. Recommencez dans {seconds} secondes."),
            ),
            Self::Store(_) | Self::Failed(_) => of(
                "Erreur",
                "La page n'a pas pu être préparée. Recommencez ; si cela dure, le journal d'Allô dit pourquoi.",
            ),
        }
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let status = self.status();
        match &self {
            Self::NoSession => return Redirect::to(LOGIN).into_response(),
            Self::Store(_) | Self::Failed(_) => tracing::error!(error = %self, "page de la console"),
            Self::Foreign(_) | Self::TooMany(_) => tracing::warn!(error = %self, "page de la console refusée"),
            _ => tracing::debug!(error = %self, "page de la console refusée"),
        }
        let (title, what) = self.told();
        let mut response = (status, layout::bare(title, &what)).into_response();
        if let Self::TooMany(seconds) = self {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
