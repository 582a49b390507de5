//! What may happen in a conversation: scripts of steps, and how often each is drawn.

/// One mail of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// We write first.
    Opening,
    /// We write again.
    FollowUp,
    /// We answer the newest reply, with an attachment.
    Answer,
    /// They are interested.
    Interested,
    /// They are interested and attach something.
    Document,
    /// They ask something.
    Question,
    /// They decline.
    Refusal,
    /// They name somebody else.
    WrongPerson,
    /// They agree to a date.
    Thanks,
    /// A colleague of theirs answers, from an address we never wrote to.
    Colleague,
    /// Their calendar accepts.
    Accept,
    /// An absence note.
    Away,
    /// They are away, and agree all the same: the text looks like an absence note, and a person wrote it.
    AwayButAgrees,
    /// They encrypt their answer.
    Encrypted,
    /// They want no more mail.
    Stop,
    /// A delivery failed, reported as RFC 3464 asks.
    Bounce,
    /// A delivery failed, told in plain words only, as many servers do.
    PlainBounce,
}

impl Step {
    /// Whether we write it.
    pub(super) const fn is_ours(self) -> bool {
        matches!(self, Self::Opening | Self::FollowUp | Self::Answer)
    }

    /// Whether a person wrote it who waits for an answer.
    pub(super) const fn wants_an_answer(self) -> bool {
        matches!(
            self,
            Self::Interested
                | Self::Document
                | Self::Question
                | Self::Thanks
                | Self::Colleague
                | Self::AwayButAgrees
        )
    }

    /// The category a member would give after it, by its fixed id.
    pub(super) const fn category(self) -> Option<u64> {
        match self {
            Self::Interested | Self::Document | Self::Colleague => Some(1),
            Self::Accept | Self::Thanks | Self::AwayButAgrees => Some(2),
            Self::Refusal => Some(3),
            Self::Stop => Some(4),
            Self::Question => Some(5),
            Self::WrongPerson => Some(7),
            Self::Opening
            | Self::FollowUp
            | Self::Answer
            | Self::Away
            | Self::Encrypted
            | Self::Bounce
            | Self::PlainBounce => None,
        }
    }
}

use Step::{
    Accept, Answer, Away, AwayButAgrees, Bounce, Colleague, Document, Encrypted, FollowUp, Interested,
    Opening, PlainBounce, Question, Refusal, Stop, Thanks, WrongPerson,
};

/// Scripts with how often each is drawn.
pub(super) const SCRIPTS: &[(u32, &[Step])] = &[
    (18, &[Opening]),
    (10, &[Opening, FollowUp]),
    (16, &[Opening, Interested]),
    (9, &[Opening, FollowUp, Interested, Answer, Thanks]),
    (8, &[Opening, Question, Answer, Interested]),
    (6, &[Opening, Question]),
    (8, &[Opening, Refusal]),
    (3, &[Opening, WrongPerson]),
    (5, &[Opening, Away]),
    (3, &[Opening, Away, FollowUp, Interested]),
    (2, &[Opening, Bounce]),
    (2, &[Opening, PlainBounce]),
    (3, &[Opening, Stop]),
    (2, &[Opening, Interested, Answer, Accept]),
    (3, &[Opening, Colleague]),
    (2, &[Opening, Document, Answer]),
    (2, &[Opening, AwayButAgrees]),
    (1, &[Opening, Encrypted]),
];
