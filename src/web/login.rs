//! Logging in and out.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::rejection::FormRejection;
use axum::extract::{ConnectInfo, Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;

use super::console::Console;
use super::error::WebError;
use super::layout::{self, Page};
use super::session::{Nothing, Posted, Session, Token, no_cookie, unreadable};
use super::throttle::Key;
use super::{error, password};
use crate::pii::Secret;
use crate::store::Action;

/// How long somebody waits while other passwords are looked at.
const PATIENCE: Duration = Duration::from_secs(10);

/// The page to log in on.
pub async fn page(
    State(console): State<Arc<Console>>,
    session: Result<Session, WebError>,
) -> Result<Response, WebError> {
    match session {
        Ok(_) => Ok(Redirect::to("/console").into_response()),
        Err(WebError::NoSession) => Ok(show(&console, None).await?.into_response()),
        Err(other) => Err(other),
    }
}

async fn show(console: &Arc<Console>, wrong: Option<&str>) -> Result<Page, WebError> {
    let anybody = console.desk(|desk| Ok(desk.has_users()?)).await?;
    let form = html! {
        h1 { "Connexion" }
        @if let Some(wrong) = wrong { p #erreur.wrong role="alert" { (wrong) } }
        @if !anybody {
            div.notice {
                p { strong { "Personne n'a encore de compte." } " Sur la machine d'Allô, créez le premier :" }
                pre { code { "allo users add VOTRE-NOM --role admin" } }
                p { "Le mot de passe vous sera demandé ; il n'y en a aucun par défaut." }
            }
        }
        form.stack method="post" action=(error::LOGIN) {
            label for="nom" { "Nom" }
            input #nom name="nom" autocomplete="username" required autofocus maxlength="64" aria-describedby=[wrong.map(|_| "erreur")];
            label for="mot_de_passe" { "Mot de passe" }
            input #mot_de_passe name="mot_de_passe" type="password" autocomplete="current-password" required maxlength=(password::LONGEST);
            button type="submit" { "Se connecter" }
        }
    };
    Ok(layout::alone("Connexion", &form))
}

/// What somebody typed.
#[derive(Deserialize)]
pub struct Login {
    nom: String,
    mot_de_passe: String,
}

/// Somebody tries to log in.
pub async fn log_in(
    State(console): State<Arc<Console>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: Result<Form<Login>, FormRejection>,
) -> Result<Response, WebError> {
    let Form(Login { nom, mot_de_passe }) = form.map_err(unreadable)?;
    let (name, given) = (nom.trim().to_owned(), Secret::new(mot_de_passe));
    let from = console.from(peer.ip(), &headers);
    let address = Key::address(from);
    let account = Key::account(&name);
    for key in [&address, &account] {
        let taken = console.throttle.take(key.clone(), Instant::now());
        taken.map_err(|wait| WebError::TooMany(wait.as_secs().max(1)))?;
    }
    let turn = tokio::time::timeout(PATIENCE, console.one_password.acquire());
    let turn = turn.await.map_err(|_| WebError::TooMany(PATIENCE.as_secs()))?;
    let token = Token::random();
    let hash = token.hash();
    let right = console
        .desk(move |desk| {
            let (known, now) = (desk.account(&name)?, Console::now());
            let right = password::verify(&given, known.as_ref().map(|(_, kept)| kept.as_str()));
            // People type their password in the place of their name: only names that exist are written down.
            let user = known.as_ref().map_or("inconnu", |(user, _)| &user.name);
            if right {
                desk.begin_session(&hash, user, now)?;
                desk.audit(user, Action::LoggedIn, None, now)?;
            } else {
                desk.audit(user, Action::LoginRefused, None, now)?;
            }
            Ok(right)
        })
        .await;
    drop(turn);
    if right? {
        console.throttle.forgive(&address);
        console.throttle.forgive(&account);
        let cookie = AppendHeaders([(header::SET_COOKIE, token.cookie(console.secure()))]);
        Ok((cookie, Redirect::to("/console")).into_response())
    } else {
        tracing::warn!(address = %from, "connexion à la console refusée");
        let page = show(&console, Some("Nom ou mot de passe inconnu.")).await?;
        Ok((StatusCode::UNAUTHORIZED, page).into_response())
    }
}

/// Somebody logs out.
pub async fn log_out(
    State(console): State<Arc<Console>>,
    posted: Posted<Nothing>,
) -> Result<impl IntoResponse, WebError> {
    let Session { user, token } = posted.session;
    let name = user.name.clone();
    console.presence.leave(&name);
    console
        .desk(move |desk| {
            desk.end_session(&token.hash())?;
            Ok(desk.audit(&name, Action::LoggedOut, None, Console::now())?)
        })
        .await?;
    let cookie = AppendHeaders([(header::SET_COOKIE, no_cookie(console.secure()))]);
    Ok((cookie, Redirect::to(error::LOGIN)))
}
