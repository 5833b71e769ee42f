//! What can go wrong, said to the person who runs the machine.

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SipError {
    /// An address cannot be opened; the text says why and what to do.
    #[error("{0}")]
    Listen(String),
    /// A SIP URI that cannot be read.
    #[error("« {0} » n'est pas une adresse SIP (exemple : sip:accueil@192.168.1.10)")]
    Uri(String),
    /// The call is over, or not in a state for this.
    #[error("l'appel n'est pas dans un état qui le permet")]
    State,
    /// The peer refused, with this status.
    #[error("refusé par le correspondant ({0})")]
    Refused(u16),
    /// The peer does not answer.
    #[error("le correspondant ne répond pas")]
    Timeout,
    /// A certificate or a key that cannot be used, or a peer that does not prove who it is; the text says what to do.
    #[error("TLS : {0}")]
    Tls(String),
    /// The network or the SIP stack failed.
    #[error("la liaison SIP a échoué ; vérifiez l'adresse et le réseau ({0})")]
    Transport(String),
}

impl From<rsipstack::Error> for SipError {
    fn from(error: rsipstack::Error) -> Self {
        Self::Transport(error.to_string())
    }
}
