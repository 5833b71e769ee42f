//! How a call begins and ends: the answer, its ACK, the refusals.

use rsipstack::dialog::dialog::TerminatedReason;
use rsipstack::dialog::invitation::InviteAsyncResult;
use rsipstack::sip::Response;

use super::{Actor, Ending, Phase};
use crate::net::sip::SipError;
use crate::net::sip::event::{EndedBy, LegEvent};
use crate::net::sip::message::{answer_of, has_token, reason, sdp_of};
use crate::net::sip::session::Policy;

impl Actor {
    /// Outbound: 200 OK. The stack has sent the ACK.
    pub(super) fn answered(&mut self, response: Response) -> Option<Ending> {
        self.phase = Phase::Established;
        self.ring_until = None;
        self.update = has_token(&response.headers, "Allow", "UPDATE");
        self.start(self.policy.agreed(&response.headers));
        // RFC 3262, section 5: an answer in a reliable provisional response is one.
        match answer_of(&response).or(self.early.take()) {
            Some(sdp) => {
                self.emit(LegEvent::Answered { sdp });
                None
            }
            None => {
                // No answer to our offer: there is no session to speak in (RFC 3264).
                self.say_bye(Some("pas de SDP dans la réponse".to_owned()));
                Some(Ending {
                    by: EndedBy::Rejected,
                    code: Some(488),
                    reason: None,
                })
            }
        }
    }

    /// Inbound: the ACK.
    pub(super) fn acknowledged(&mut self) -> Option<Ending> {
        self.phase = Phase::Established;
        if let Some((_, reason)) = self.hanging_up.take() {
            return self.hang_up(reason);
        }
        let ack = self.core.dialog().last_remote_ack().filter(|_| self.delayed);
        let answer = ack.and_then(|ack| sdp_of(&ack.headers, &ack.body));
        if self.delayed && answer.is_none() {
            self.say_bye(Some("pas de SDP dans l'ACK".to_owned()));
            return Some(Ending {
                by: EndedBy::Rejected,
                code: Some(488),
                reason: None,
            });
        }
        self.emit(LegEvent::Established { answer });
        None
    }
    pub(super) fn terminated(&mut self, why: TerminatedReason) -> Option<Ending> {
        let by = match (why, self.core.inbound) {
            // The outcome of an INVITE of ours is told in full by `invited`.
            (_, false) if self.phase == Phase::Ringing => return None,
            (TerminatedReason::Timeout, _) => EndedBy::NoAck,
            (TerminatedReason::UacCancel, _) => EndedBy::Cancelled,
            (TerminatedReason::UacBye, true) | (TerminatedReason::UasBye, false) => EndedBy::Remote,
            (TerminatedReason::UasBye, true) | (TerminatedReason::UacBye, false) => EndedBy::Local,
            _ => EndedBy::Timeout,
        };
        if by == EndedBy::Cancelled {
            self.refuse = None; // the stack has answered 487
        }
        Some(Ending::by(by))
    }

    /// Our INVITE has its final response, if it is not a 200 (that comes as `Confirmed`).
    pub(super) fn invited(&mut self, outcome: Option<InviteAsyncResult>) -> Option<Ending> {
        if self.phase != Phase::Ringing {
            return None;
        }
        match outcome {
            Some(Ok((_, Some(response)))) => match response.status_code.code() {
                // Its `Confirmed` is already in the queue.
                200..300 => None,
                422 => match self.policy.raised(&response.headers) {
                    Some(policy) if self.option.is_some() => self.dial_again(policy),
                    _ => Some(rejected(422, reason(&response.headers))),
                },
                408 => Some(Ending {
                    by: EndedBy::Timeout,
                    code: Some(408),
                    reason: None,
                }),
                487 => Some(Ending {
                    by: EndedBy::Cancelled,
                    code: Some(487),
                    reason: None,
                }),
                code => Some(rejected(code, reason(&response.headers))),
            },
            Some(Ok((_, None))) | None => Some(Ending::by(EndedBy::Timeout)),
            Some(Err(error)) => {
                let reason = Some(SipError::from(error).to_string());
                Some(Ending {
                    by: EndedBy::Timeout,
                    code: None,
                    reason,
                })
            }
        }
    }

    /// RFC 4028, section 7.4: the same call again, with the interval that the far end wants.
    fn dial_again(&mut self, policy: Policy) -> Option<Ending> {
        self.policy = policy;
        let option = self.option.take()?; // once
        match self
            .core
            .stack
            .invite(*option, policy, self.sdp.clone().unwrap_or_default())
        {
            Ok((dialog, states, invite)) => {
                self.core.stack.rename(&self.core, dialog);
                self.states = states;
                self.invite = Some(invite);
                None
            }
            Err(error) => Some(Ending {
                by: EndedBy::Timeout,
                code: None,
                reason: Some(error.to_string()),
            }),
        }
    }
}

fn rejected(code: u16, reason: Option<String>) -> Ending {
    Ending {
        by: EndedBy::Rejected,
        code: Some(code),
        reason,
    }
}
