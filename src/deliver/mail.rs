//! A request or a message as a mail to the service that deals with it (RFC 5321, by TLS where the server is not on this
//! machine), the message itself as an attachment (RFC 2183).

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Message, SmtpTransport, Transport};

use super::{Failure, TIMEOUT};
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

impl MailSettings {
    /// A transport to `server`, or why there can be none.
    pub fn transport(&self) -> Result<SmtpTransport, String> {
        let builder = SmtpTransport::from_url(&self.server).map_err(|error| error.to_string())?;
        let builder = match &self.login {
            Some((user, password)) => builder.credentials(Credentials::new(user.clone(), password.reveal().to_owned())),
            None => builder,
        };
        Ok(builder.timeout(Some(TIMEOUT)).build())
    }
}

/// Sends it, with this sound.
pub(super) fn send(settings: &MailSettings, delivery: &Delivery, sound: Option<Vec<u8>>) -> Result<(), Failure> {
    let to: Mailbox = delivery
        .recipient
        .reveal()
        .parse()
        .map_err(|_| Failure::for_good("adresse du service refusée"))?;
    let host = settings.from.email.domain();
    let message = Message::builder()
        .from(settings.from.clone())
        .to(to)
        .subject(&delivery.subject)
        // By it, a mailbox knows a repeat.
        .message_id(Some(format!("<{}@{host}>", delivery.id)));
    let text = delivery.text.reveal().clone();
    let message = match sound {
        None => message.header(ContentType::TEXT_PLAIN).body(text),
        Some(sound) => {
            let wav = ContentType::parse("audio/wav").map_err(Failure::for_good)?;
            let sound = Attachment::new("message.wav".into()).body(sound, wav);
            message.multipart(MultiPart::mixed().singlepart(SinglePart::plain(text)).singlepart(sound))
        }
    };
    let message = message.map_err(Failure::for_good)?;
    let transport = settings.transport().map_err(Failure::once)?;
    match transport.send(&message) {
        Ok(_) => Ok(()),
        Err(error) if error.is_permanent() => Err(Failure::for_good(error)),
        Err(error) => Err(Failure::once(error)),
    }
}
