//! A planned mail as RFC 5322 bytes: what we and people write.
//!
//! What machines write is in `report.rs`.

use crewbox_core::time::Timestamp;
use mail_builder::MessageBuilder;

use super::plan::{DAY_S, Person, Talk, Turn};
use super::script::Step;

/// A mail to be written, with the mail that it answers.
pub(super) struct Letter<'a> {
    pub(super) talk: &'a Talk,
    pub(super) sender: &'a Person,
    pub(super) place: usize,
    pub(super) turn: &'a Turn,
}

impl<'a> Letter<'a> {
    /// Who writes it.
    fn author(&self) -> &'a Person {
        match self.turn.step {
            Step::Colleague => &self.talk.colleague,
            step if step.is_ours() => self.sender,
            _ => &self.talk.lead,
        }
    }

    /// The mail it answers, if any: the newest one a person wrote.
    pub(super) fn answered(&self) -> Option<&'a Turn> {
        self.talk.turns[..self.place]
            .iter()
            .rfind(|turn| !matches!(turn.step, Step::Away | Step::Bounce | Step::PlainBounce))
    }

    pub(super) fn subject(&self) -> String {
        self.fill(self.talk.language.opening.0, self.turn.at)
    }

    /// Headers all letters share.
    pub(super) fn headers(
        &self,
        from: (&'a str, &'a str),
        to: &'a Person,
        subject: String,
    ) -> MessageBuilder<'a> {
        let mut mail = MessageBuilder::new()
            .from((from.0.to_owned(), from.1.to_owned()))
            .to((to.name(), to.email.clone()))
            .subject(subject)
            .date(self.turn.at.millis().div_euclid(1_000))
            .message_id(self.turn.id.clone());
        if let Some(answered) = self.answered() {
            let before: Vec<String> =
                self.talk.turns[..self.place].iter().map(|turn| turn.id.clone()).collect();
            mail = mail.in_reply_to(answered.id.clone()).references(before);
        }
        mail
    }

    pub(super) fn human(&self) -> std::io::Result<Vec<u8>> {
        let author = self.author();
        let to = if self.turn.step.is_ours() { &self.talk.lead } else { self.sender };
        let subject = match self.place {
            0 => self.subject(),
            _ => format!("Re: {}", self.subject()),
        };
        let name = author.name();
        let own = self.text(self.turn);
        let signature = self.signature(author);
        let mut mail = self.headers((&name, &author.email), to, subject).text_body(format!(
            "{own}\n\n{}\n{}\n{signature}{}",
            self.talk.language.closing,
            author.first,
            self.quote()
        ));
        // Most people write HTML without knowing; a third write plain text.
        if !self.turn.variant.is_multiple_of(3) {
            mail = mail.html_body(self.html(&own, &signature, author));
        }
        if self.turn.step == Step::Answer || self.turn.step == Step::Document {
            mail = mail.attachment(
                "application/pdf",
                "overview.pdf",
                &b"%PDF-1.4\n% a page for the demo\n%%EOF\n"[..],
            );
        }
        mail.write_to_vec()
    }

    pub(super) fn away(&self) -> std::io::Result<Vec<u8>> {
        let (subject, body) = self.talk.language.away;
        let name = self.talk.lead.name();
        self.headers((&name, &self.talk.lead.email), self.sender, self.fill(subject, self.turn.at))
            .header("Auto-Submitted", mail_builder::headers::raw::Raw::new("auto-replied"))
            .header("X-Auto-Response-Suppress", mail_builder::headers::raw::Raw::new("All"))
            .text_body(self.fill(body, self.turn.at))
            .write_to_vec()
    }

    /// What a turn says, without greeting formula at its end or quote.
    fn text(&self, turn: &Turn) -> String {
        let language = self.talk.language;
        let one_of = |texts: &[&'static str]| {
            texts.get(turn.variant % texts.len().max(1)).copied().unwrap_or_default()
        };
        let text = match turn.step {
            Step::Opening => one_of(language.opening.1),
            Step::FollowUp => language.follow_up,
            Step::Answer => language.answer,
            Step::Interested | Step::Document | Step::Colleague => one_of(language.interested),
            Step::Question => one_of(language.question),
            Step::Refusal => one_of(language.refusal),
            Step::WrongPerson => language.wrong_person,
            Step::Thanks => language.thanks,
            Step::Stop => language.stop,
            Step::Away => language.away.1,
            Step::AwayButAgrees => {
                return self.fill(&format!("{}\n\n{}", language.away.1, language.thanks), turn.at);
            }
            Step::Accept | Step::Encrypted | Step::Bounce | Step::PlainBounce => "",
        };
        self.fill(text, turn.at)
    }

    fn signature(&self, author: &Person) -> String {
        let company = if self.turn.step.is_ours() { "Harbour Outreach" } else { &self.talk.company };
        format!("-- \n{}\n{company}\n", author.name())
    }

    /// The mail answered, quoted as plain text.
    fn quote(&self) -> String {
        let Some(answered) = self.answered() else { return String::new() };
        let mut quote = format!("\n{}\n", self.attribution(answered));
        for line in self.text(answered).lines() {
            quote.push_str(if line.is_empty() { ">" } else { "> " });
            quote.push_str(line);
            quote.push('\n');
        }
        quote
    }

    fn attribution(&self, answered: &Turn) -> String {
        let name = if answered.step.is_ours() { self.sender.name() } else { self.talk.lead.name() };
        self.talk
            .language
            .attribution
            .replace("{date}", &day(answered.at, "%d.%m.%Y, %H:%M"))
            .replace("{name}", &name)
    }

    fn html(&self, own: &str, signature: &str, author: &Person) -> String {
        let paragraphs = |text: &str| {
            text.split("\n\n")
                .map(|part| format!("<p>{}</p>", escape(part).replace('\n', "<br>")))
                .collect::<String>()
        };
        let mut html = format!(
            "<div dir=\"auto\">{}<p>{}<br>{}</p></div><div class=\"gmail_signature\">{}</div>",
            paragraphs(own),
            escape(self.talk.language.closing),
            escape(&author.first),
            escape(signature).replace('\n', "<br>")
        );
        if let Some(answered) = self.answered() {
            html.push_str(&format!(
                "<div class=\"gmail_quote\"><div class=\"gmail_attr\">{}</div><blockquote style=\"margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex\">{}</blockquote></div>",
                escape(&self.attribution(answered)),
                paragraphs(&self.text(answered))
            ));
        }
        html
    }

    fn fill(&self, text: &str, at: Timestamp) -> String {
        let mut filled = text.to_owned();
        if filled.contains("{subject}") {
            filled = filled.replace("{subject}", self.talk.language.opening.0);
        }
        filled
            .replace("{first}", &self.talk.lead.first)
            .replace("{company}", &self.talk.company)
            .replace("{sender}", &self.sender.first)
            .replace("{return}", &day(at.plus_seconds(9 * DAY_S), "%d.%m.%Y"))
    }
}

/// A time as people write it.
pub(super) fn day(at: Timestamp, form: &str) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .map_or_else(|_| String::new(), |at| at.strftime(form).to_string())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
