//! A request or a message as a mail to the service that deals with it (RFC 5321, by TLS where the server is not on this
//! machine), the message itself as an attachment (RFC 2183).

use std::error::Error as _;
use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::{self, authentication::Credentials};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::{Cause, Failure, failed};
use crate::pii::Secret;
use crate::store::Delivery;

/// The server that takes mails.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// `smtps://host`, `smtp://host:587?tls=required`, or `smtp://127.0.0.1:25` for a relay on this machine.
    pub server: String,
    /// Name and password, where the server wants them.
    pub login: Option<(String, Secret)>,
    /// Who it is from.
    pub from: Mailbox,
}

type Transport = AsyncSmtpTransport<Tokio1Executor>;

impl MailSettings {
    /// A transport to `server`, or why there can be none.
    pub fn transport(&self) -> Result<Transport, String> {
        let builder = Transport::from_url(&self.server).map_err(|error| error.to_string())?;
        let builder = match &self.login {
            Some((user, password)) => builder.credentials(Credentials::new(user.clone(), password.reveal().to_owned())),
            None => builder,
        };
        // The whole of an attempt has a limit, not each of its steps.
        Ok(builder.timeout(None).build())
    }
}

/// Sends it, with this sound.
pub(super) fn send(
    settings: &MailSettings,
    delivery: &Delivery,
    sound: Option<Vec<u8>>,
    limit: Duration,
) -> Result<(), Failure> {
    let message = message(settings, delivery, sound)?;
    let wrong = |said| Failure::new(Cause::Setting, "serveur d'envoi mal réglé").saying(said);
    let transport = settings.transport().map_err(wrong)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(error.kind()))?;
    // The one who is late is hung up on: what is not over then is not taken.
    let sent = runtime.block_on(async { tokio::time::timeout(limit, transport.send(message)).await });
    // A name that is still looked up is not waited for.
    runtime.shutdown_background();
    match sent {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(refused(&error)),
        Err(_) => Err(Failure::late()),
    }
}

/// The mail that is sent.
fn message(settings: &MailSettings, delivery: &Delivery, sound: Option<Vec<u8>>) -> Result<Message, Failure> {
    let to = delivery.recipient.reveal().parse();
    let to: Mailbox = to.map_err(|_| Failure::new(Cause::Thing, "adresse du service refusée"))?;
    let host = settings.from.email.domain();
    let message = Message::builder()
        .from(settings.from.clone())
        .to(to)
        .subject(&delivery.subject)
        .header(AutoSubmitted)
        // By it, a mailbox knows a repeat.
        .message_id(Some(format!("<{}@{host}>", delivery.id)));
    let text = delivery.text.reveal().clone();
    let message = match sound {
        None => message.header(ContentType::TEXT_PLAIN).body(text),
        Some(sound) => {
            let wav = ContentType::parse("audio/wav").expect("a content type");
            let sound = Attachment::new("message.wav".into()).body(sound, wav);
            message.multipart(MultiPart::mixed().singlepart(SinglePart::plain(text)).singlepart(sound))
        }
    };
    message.map_err(|error| Failure::new(Cause::Thing, "courriel impossible à écrire").saying(error))
}

/// Says that no person wrote it (RFC 3834, section 5): nobody who is away answers it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Why a server did not take a mail (RFC 5321, section 4.2; RFC 4954, section 6). What it says in words often holds a piece
/// of the mail.
fn refused(error: &smtp::Error) -> Failure {
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    let io = causes.find_map(|cause| Some(cause.downcast_ref::<std::io::Error>()?.kind()));
    let failure = if let Some(code) = error.status() {
        let code = u16::from(code);
        let (cause, hint) = match code {
            ..500 => (Cause::Passing, ""),
            // The mail itself: too large, its content, its form.
            552 | 554..=556 => (Cause::Thing, ""),
            530 | 534 | 535 | 538 => (Cause::Setting, " : nom ou mot de passe refusé"),
            550 | 551 | 553 => (Cause::Setting, " : adresse refusée"),
            _ => (Cause::Setting, ""),
        };
        Failure::new(cause, format!("le serveur de courriel a répondu {code}{hint}"))
    } else if error.is_timeout() {
        Failure::late()
    } else if error.is_tls() {
        Failure::new(Cause::Passing, "liaison chiffrée (TLS) impossible")
    } else if error.is_response() {
        Failure::new(Cause::Passing, "la réponse n'est pas du SMTP")
    } else if error.is_client() {
        Failure::new(
            Cause::Setting,
            "le serveur de courriel ne sait pas ce que ces réglages demandent",
        )
    } else {
        io.map_or_else(|| Failure::new(Cause::Passing, "liaison impossible"), failed)
    };
    failure.saying(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{About, Way};

    #[test]
    fn a_mail_says_that_no_person_wrote_it() {
        let delivery = Delivery {
            id: "a1".into(),
            about: About::Request("427".into()),
            way: Way::Mail,
            recipient: "urbanisme@petitval.fr".to_owned().into(),
            subject: "Demande 427".into(),
            text: "Nom : Martine Dubois".to_owned().into(),
            sound: false,
            attempts: 0,
        };
        let settings = MailSettings {
            server: "smtp://127.0.0.1:9".into(),
            login: None,
            from: "allo@petitval.fr".parse().expect("an address"),
        };
        for sound in [None, Some(vec![0; 9])] {
            let mail = message(&settings, &delivery, sound).expect("is written").formatted();
            let mail = String::from_utf8(mail).expect("is text");
            let (head, _) = mail.split_once("\r\n\r\n").expect("a head and a body");
            for line in ["Auto-Submitted: auto-generated", "Message-ID: <a1@petitval.fr>"] {
                assert!(head.lines().any(|found| found == line), "{line} in {head}");
            }
        }
    }
}
