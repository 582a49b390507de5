//! What came of the mail to leads, computed in the plainest way from all that happened.

use std::collections::BTreeMap;

/// A message of a conversation.
pub(crate) struct Mail {
    pub(crate) at: i64,
    pub(crate) id: u64,
    pub(crate) is_ours: bool,
    pub(crate) class: String,
    /// First opening and first click.
    pub(crate) tracked: [Option<i64>; 2],
}

/// What is known of a conversation.
pub(crate) struct Told {
    pub(crate) id: u64,
    pub(crate) lead_id: u64,
    pub(crate) lead: String,
    pub(crate) campaign: usize,
    pub(crate) mails: Vec<Mail>,
    pub(crate) unsubscribed_by_hand: Option<i64>,
    pub(crate) category: Option<u64>,
}

impl Told {
    pub(crate) fn replies(&self) -> impl Iterator<Item = i64> {
        self.mails.iter().filter(|mail| !mail.is_ours && mail.class == "human").map(|mail| mail.at)
    }

    pub(crate) fn sent(&self) -> impl Iterator<Item = i64> {
        self.mails.iter().filter(|mail| mail.is_ours).map(|mail| mail.at)
    }

    pub(crate) fn of_classes(&self, classes: &[&str]) -> impl Iterator<Item = i64> {
        self.mails.iter().filter(|mail| classes.contains(&mail.class.as_str())).map(|mail| mail.at)
    }

    /// When the lead's address was last reported not to work, unless a person replied after that.
    pub(crate) fn bounced(&self) -> Option<i64> {
        let bounce = self.of_classes(&["bounce"]).max()?;
        self.replies().all(|reply| reply < bounce).then_some(bounce)
    }

    pub(crate) fn unsubscribed(&self) -> Option<i64> {
        self.of_classes(&["unsubscribe", "feedback"]).chain(self.unsubscribed_by_hand).min()
    }

    pub(crate) fn tracked(&self, which: usize) -> impl Iterator<Item = i64> {
        self.mails.iter().filter_map(move |mail| mail.tracked[which])
    }

    pub(crate) fn is_positive(&self) -> bool {
        // Interested, Meeting Request and Information Request.
        self.category.is_some_and(|category| [1, 2, 5].contains(&category))
    }
}

/// How many of these times are in the period.
pub(crate) fn count(times: impl IntoIterator<Item = i64>, (from, to): (i64, i64)) -> u64 {
    times.into_iter().filter(|at| from <= *at && *at < to).count() as u64
}

/// The figures of some conversations in a period, by their names in `overall-stats-v2` and others.
pub(crate) fn naive<'a>(
    told: impl Iterator<Item = &'a Told>,
    period: (i64, i64),
) -> BTreeMap<&'static str, u64> {
    let mut sums = BTreeMap::new();
    for one in told {
        let replied = count(one.replies(), period);
        let (sent, opened) = (count(one.sent(), period), count(one.tracked(0), period));
        let clicked = count(one.tracked(1), period);
        let once = |number: u64| number.min(1);
        for (name, number) in [
            ("sent", sent),
            ("unique_sent", once(sent)),
            ("not_replied", once(sent) * u64::from(one.replies().next().is_none())),
            ("opened", opened),
            ("unique_opened", once(opened)),
            ("clicked", clicked),
            ("unique_clicked", once(clicked)),
            ("replied", replied),
            ("unique_replied", once(replied)),
            ("positive_replied", once(replied) * u64::from(one.is_positive())),
            ("bounced", count(one.bounced(), period)),
            ("unsubscribed", count(one.unsubscribed(), period)),
        ] {
            *sums.entry(name).or_default() += number;
        }
    }
    sums
}
