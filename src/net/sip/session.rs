//! Session timers (RFC 4028): who proves that the call is alive, and how often. Pure: no clock, no network.

use std::time::Duration;

use rsipstack::sip::{Header, Headers};

use super::message::{has_token, header};

/// Who sends the refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refresher {
    /// We do.
    Us,
    /// The peer does.
    Peer,
}

/// What both sides agreed upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session {
    /// The call is dead when no refresh came for so long.
    pub(super) interval: Duration,
    /// Whose duty the refresh is.
    pub(super) refresher: Refresher,
}

/// Our own wishes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    /// Interval that we ask for.
    pub(super) wanted: Duration,
    /// Smallest that we accept.
    pub(super) least: Duration,
}

/// The request asks for less than we accept: 422 with this `Min-SE`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooSmall(pub(super) Duration);

impl Session {
    /// When to act, counted from the last refresh: half-way to refresh (section 7.4), or the moment to give up on the
    /// peer, a little before the end (section 10: the lesser of 32 s and a third).
    pub(super) fn due(&self) -> Duration {
        match self.refresher {
            Refresher::Us => self.interval / 2,
            Refresher::Peer => self.interval - Duration::from_secs(32).min(self.interval / 3),
        }
    }

    /// `Session-Expires` for a response to the peer's request: there, `uac` is the peer.
    pub(super) fn in_response(&self) -> Vec<Header> {
        let (who, require) = match self.refresher {
            Refresher::Us => ("uas", None),
            Refresher::Peer => ("uac", Some(Header::Require("timer".into()))),
        };
        let expires = Header::SessionExpires(format!("{};refresher={who}", self.interval.as_secs()).into());
        std::iter::once(expires).chain(require).collect()
    }

    /// `Session-Expires` and `Min-SE` for a refresh that we send: there, `uac` is us.
    pub(super) fn in_refresh(&self, policy: Policy) -> Vec<Header> {
        let who = match self.refresher {
            Refresher::Us => "uac",
            Refresher::Peer => "uas",
        };
        vec![
            Header::SessionExpires(format!("{};refresher={who}", self.interval.as_secs()).into()),
            Header::MinSE(policy.least.as_secs().to_string().into()),
        ]
    }
}

impl Policy {
    /// `Session-Expires` and `Min-SE` of our first INVITE: the peer chooses the refresher.
    pub(super) fn in_invite(&self) -> Vec<Header> {
        vec![
            Header::SessionExpires(self.wanted.as_secs().to_string().into()),
            Header::MinSE(self.least.as_secs().to_string().into()),
        ]
    }

    /// Reads the peer's INVITE or UPDATE (section 9).
    pub(super) fn answer(&self, request: &Headers) -> Result<Session, TooSmall> {
        let knows = has_token(request, "Supported", "timer") || has_token(request, "Require", "timer");
        let asked = session_expires(request);
        let floor = seconds(header(request, "Min-SE")).unwrap_or(self.least).max(self.least);
        if let (Some((interval, _)), true) = (asked, knows)
            && interval < self.least
        {
            return Err(TooSmall(self.least));
        }
        let interval = match asked {
            Some((interval, _)) => interval.min(self.wanted.max(floor)).max(self.least),
            None => self.wanted.max(floor),
        };
        let refresher = match asked {
            // A peer that does not know timers cannot refresh, whatever a proxy has written.
            _ if !knows => Refresher::Us,
            Some((_, Some(who))) => mirror(who),
            Some((_, None)) => Refresher::Peer,
            None => Refresher::Us,
        };
        Ok(Session { interval, refresher })
    }

    /// Reads the 2xx to our INVITE or refresh (section 7.2). A peer that says nothing does not know timers: we refresh.
    pub(super) fn agreed(&self, response: &Headers) -> Session {
        match session_expires(response) {
            Some((interval, who)) => Session {
                interval: interval.max(Duration::from_secs(1)),
                refresher: who.unwrap_or(Refresher::Us),
            },
            None => Session {
                interval: self.wanted,
                refresher: Refresher::Us,
            },
        }
    }

    /// The policy to try again with after a 422.
    pub(super) fn raised(&self, response: &Headers) -> Option<Self> {
        let least = seconds(header(response, "Min-SE"))?;
        (least > self.wanted && least <= Duration::from_secs(86_400)).then(|| Self {
            wanted: least,
            least: least.max(self.least),
        })
    }
}

/// Interval and refresher, as the sender of the header sees it (`uac` is who sent the request): [`Refresher::Us`] for
/// `uac`.
fn session_expires(headers: &Headers) -> Option<(Duration, Option<Refresher>)> {
    let value = header(headers, "Session-Expires").or_else(|| header(headers, "x"))?;
    let mut parts = value.split(';');
    let interval = seconds(parts.next())?;
    let who = parts.find_map(|part| {
        let (name, who) = part.split_once('=')?;
        let who = who.trim();
        match name.trim().eq_ignore_ascii_case("refresher") {
            true if who.eq_ignore_ascii_case("uac") => Some(Refresher::Us),
            true if who.eq_ignore_ascii_case("uas") => Some(Refresher::Peer),
            _ => None,
        }
    });
    Some((interval, who))
}

fn mirror(who: Refresher) -> Refresher {
    match who {
        Refresher::Us => Refresher::Peer,
        Refresher::Peer => Refresher::Us,
    }
}

fn seconds(text: Option<&str>) -> Option<Duration> {
    let digits = text?.split(';').next()?.trim();
    digits.parse::<u32>().ok().map(|s| Duration::from_secs(s.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        wanted: Duration::from_secs(1800),
        least: Duration::from_secs(90),
    };

    fn headers(text: &str) -> Headers {
        let mut headers = Headers::default();
        for line in text.split('|').filter(|l| !l.is_empty()) {
            let (name, value) = line.split_once(':').unwrap();
            headers.push(rsipstack::sip::headers::make_header(
                name.trim(),
                value.trim().to_owned(),
            ));
        }
        headers
    }

    #[test]
    fn we_answer_as_table_2_of_rfc_4028_says() {
        use Refresher::{Peer, Us};
        for (request, interval, refresher) in [
            ("", 1800, Us),
            ("Supported: timer", 1800, Us),
            ("Supported: timer|Session-Expires: 600", 600, Peer),
            ("Supported: timer|Session-Expires: 600;refresher=uac", 600, Peer),
            ("Supported: timer|Session-Expires: 600;refresher=uas", 600, Us),
            ("Supported: timer|Session-Expires: 7200;refresher=uas", 1800, Us),
            ("Supported: timer|Session-Expires: 7200|Min-SE: 3600", 3600, Peer),
            ("k: timer|x: 600", 600, Peer),
            ("Session-Expires: 600", 600, Us),
            ("Session-Expires: 30", 90, Us),
            ("Supported: timer|Session-Expires: x", 1800, Us),
        ] {
            let session = POLICY.answer(&headers(request)).unwrap();
            assert_eq!(
                session,
                Session {
                    interval: Duration::from_secs(interval),
                    refresher
                },
                "{request}"
            );
        }
        let small = POLICY.answer(&headers("Supported: timer|Session-Expires: 60"));
        assert_eq!(small, Err(TooSmall(Duration::from_secs(90))));
    }

    #[test]
    fn we_read_the_answer_to_ours() {
        let agreed = |text| POLICY.agreed(&headers(text));
        assert_eq!(agreed("Session-Expires: 900;refresher=uas").refresher, Refresher::Peer);
        assert_eq!(agreed("Session-Expires: 900;refresher=uac").refresher, Refresher::Us);
        assert_eq!(agreed("Session-Expires: 900").interval, Duration::from_secs(900));
        assert_eq!(agreed("").refresher, Refresher::Us);
        assert_eq!(agreed("Session-Expires: 0").interval, Duration::from_secs(1));
    }

    #[test]
    fn a_422_raises_our_wish_once() {
        assert_eq!(
            POLICY.raised(&headers("Min-SE: 3600")).unwrap().wanted,
            Duration::from_secs(3600)
        );
        assert!(POLICY.raised(&headers("Min-SE: 60")).is_none());
        assert!(POLICY.raised(&headers("Min-SE: 4000000000")).is_none());
    }

    #[test]
    fn refresh_is_half_way_and_patience_ends_a_little_before() {
        let session = |refresher| Session {
            interval: Duration::from_secs(90),
            refresher,
        };
        assert_eq!(session(Refresher::Us).due(), Duration::from_secs(45));
        assert_eq!(session(Refresher::Peer).due(), Duration::from_secs(60));
    }
}
