//! Who is asking. A session is a random token in a cookie that no script can read and no other site can have sent; what
//! changes something must come from one of our pages (`Origin`) and carry the session's own token besides (CSRF).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::console::Console;
use super::error::WebError;
use crate::store::{TokenHash, User};

/// What a session is known by: 256 random bits, in base 64. Never logged, never kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new one.
    pub fn random() -> Self {
        Self(BASE64.encode(rand::random::<[u8; 32]>()))
    }

    /// As it is kept.
    pub fn hash(&self) -> TokenHash {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// What the forms of this session carry. It tells nothing of the token, so that a page may show it.
    pub fn for_forms(&self) -> String {
        BASE64.encode(hmac_sha256::HMAC::mac(b"formulaires de la console", self.0.as_bytes()))
    }

    /// Whether a form is this session's. Hashes are compared: the time tells nothing of what was expected.
    fn is_of(&self, given: &str) -> bool {
        Sha256::digest(given.as_bytes()) == Sha256::digest(self.for_forms().as_bytes())
    }

    /// The cookie that brings it back. `__Host-` binds it to this host and to TLS, where there is TLS.
    pub fn cookie(&self, secure: bool) -> HeaderValue {
        let Self(token) = self;
        cookie(secure, token, "")
    }

    fn from(headers: &HeaderMap, secure: bool) -> Option<Self> {
        let cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut pairs = cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let (_, token) = pairs.find(|(name, _)| *name == cookie_name(secure))?;
        Some(Self(token.to_owned()))
    }
}

fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-allo" } else { "allo" }
}

fn cookie(secure: bool, value: &str, more: &str) -> HeaderValue {
    let (name, secure) = (cookie_name(secure), if secure { "; Secure" } else { "" });
    let cookie = format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/{secure}{more}");
    HeaderValue::try_from(cookie).expect("base 64 and our own words")
}

/// The cookie that takes the session's away.
pub fn no_cookie(secure: bool) -> HeaderValue {
    cookie(secure, "", "; Max-Age=0")
}

/// Somebody who is logged in.
#[derive(Clone)]
pub struct Session {
    /// Who.
    pub user: User,
    /// Their session's token.
    pub token: Token,
}

impl Session {
    async fn of(parts: &Parts, console: &Arc<Console>, use_it: bool) -> Result<Option<Self>, WebError> {
        let Some(token) = Token::from(&parts.headers, console.secure()) else {
            return Ok(None);
        };
        let hash = token.hash();
        let user = console
            .desk(move |desk| Ok(desk.session(&hash, Console::now(), use_it)?))
            .await?;
        if let Some(user) = &user {
            console.presence.seen(user, Console::now());
        }
        Ok(user.map(|user| Self { user, token }))
    }
}

/// Somebody asks for a page: the session is being used.
impl FromRequestParts<Arc<Console>> for Session {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, WebError> {
        Self::of(parts, console, true).await?.ok_or(WebError::NoSession)
    }
}

/// A page asks for something by itself: a session that nobody uses ends although its pages are open.
pub struct Background(pub Session);

impl FromRequestParts<Arc<Console>> for Background {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, WebError> {
        let session = Session::of(parts, console, false).await?;
        session.map(Self).ok_or(WebError::SessionOver)
    }
}

/// A form that somebody sent from one of our pages: whatever changes something takes this.
pub struct Posted<T> {
    /// Who sent it.
    pub session: Session,
    /// What they sent.
    pub form: T,
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Nothing {}

#[derive(Deserialize)]
struct Signed<T> {
    jeton: String,
    #[serde(flatten)]
    form: T,
}

impl<T: DeserializeOwned> FromRequest<Arc<Console>> for Posted<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, console: &Arc<Console>) -> Result<Self, WebError> {
        let (mut parts, body) = request.into_parts();
        let session = Session::from_request_parts(&mut parts, console).await?;
        let request = Request::from_parts(parts, body);
        let Form(Signed { jeton, form }) = Form::from_request(request, console).await.map_err(unreadable)?;
        if !session.token.is_of(&jeton) {
            return Err(WebError::Foreign("jeton"));
        }
        Ok(Self { session, form })
    }
}

/// Why a form cannot be read. What was sent is not repeated.
pub fn unreadable(rejection: FormRejection) -> WebError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => WebError::TooLong,
        status => WebError::Unreadable(status.to_string()),
    }
}

/// Lets nothing in that changes something and does not come from our own pages. Browsers say where a form was sent from;
/// what does not say it is no browser of ours.
pub async fn from_our_pages(State(console): State<Arc<Console>>, request: Request<Body>, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || is_ours(request.headers(), console.settings.public_url.as_deref()) {
        next.run(request).await
    } else {
        WebError::Foreign("origine").into_response()
    }
}

fn is_ours(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else {
        return false;
    };
    match (public_url, text(header::HOST)) {
        (Some(public), _) => origin == public,
        (None, Some(host)) => origin.strip_prefix("http://") == Some(host),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().expect("a value")))
            .collect()
    }

    #[test]
    fn what_changes_something_comes_from_our_pages() {
        let host = (header::HOST, "10.0.0.2:8080");
        let of = |origin| headers(&[host.clone(), (header::ORIGIN, origin)]);
        assert!(is_ours(&of("http://10.0.0.2:8080"), None));
        for origin in [
            "http://evil.example",
            "https://10.0.0.2:8080",
            "http://10.0.0.2",
            "null",
        ] {
            assert!(!is_ours(&of(origin), None), "{origin}");
        }
        assert!(
            !is_ours(&headers(std::slice::from_ref(&host)), None),
            "whoever does not say"
        );
        let public = Some("https://allo.mairie.fr");
        assert!(is_ours(&of("https://allo.mairie.fr"), public));
        assert!(!is_ours(&of("http://10.0.0.2:8080"), public) && !is_ours(&of("http://allo.mairie.fr"), public));
    }

    #[test]
    fn the_cookie_is_for_this_site_alone() {
        let token = Token::random();
        let plain = token.cookie(false);
        let text = plain.to_str().expect("text");
        assert!(
            text.ends_with("; HttpOnly; SameSite=Strict; Path=/") && text.starts_with("allo="),
            "{text}"
        );
        let secure = token.cookie(true);
        let text = secure.to_str().expect("text");
        assert!(
            text.starts_with("__Host-allo=") && text.ends_with("; Path=/; Secure"),
            "{text}"
        );
        let sent = headers(&[(header::COOKIE, &format!("autre=1; allo={}", token.0))]);
        assert!(Token::from(&sent, false) == Some(token.clone()));
        assert!(Token::from(&sent, true).is_none(), "behind TLS the other name counts");
    }

    #[test]
    fn each_session_has_its_forms() {
        let (one, other) = (Token::random(), Token::random());
        assert!(one.is_of(&one.for_forms()));
        assert!(!one.is_of(&other.for_forms()) && !one.is_of("") && !one.is_of(&one.0));
        assert_eq!(BASE64.decode(&one.0).expect("base 64").len(), 32);
    }
}
