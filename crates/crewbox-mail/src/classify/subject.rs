//! What a program put around our subject. Our own subject is ours, wherever it is quoted, and never evidence: only the
//! words before it, before its colon, or in brackets or behind a dash at its end.

use super::normal::normal;
use super::script::spaceless;
use super::tables::{Kind, TABLES};

/// Most characters of a prefix that names a person ("AUTO: Ann Lee is out of the office").
const PREFIX_CHARS: usize = 80;

/// Most words of a subject that asks to be left alone.
const REQUEST_WORDS: usize = 10;

/// Most words of a subject that states an absence and nothing else.
const TOPIC_WORDS: usize = 10;

/// Marks that programs and gateways write before a subject, in square brackets.
const GATEWAY_MARKS: &[&str] = &[
    "external",
    "ext",
    "extern",
    "externe",
    "externo",
    "esterno",
    "spam",
    "caution",
    "外部",
    "外部邮件",
    "newsletter",
];

/// Prefixes of answers and forwards in the languages of mail programs.
const ANSWER_PREFIXES: &[&str] = &[
    "re", "aw", "sv", "vs", "antw", "odp", "ynt", "r", "ref", "rif", "res", "回复", "回覆", "答复", "答覆",
    "返信", "회신", "rv", "fw", "fwd", "wg", "tr", "i", "enc", "doorst", "vl", "pd", "转发", "轉寄", "전달",
    "απ", "πρθ", "hа", "на", "отв", "ha", "nb", "bls",
];

/// Words by which ticket systems number a subject.
const TICKET_WORDS: &[&str] = &[
    "ticket",
    "case",
    "request",
    "incident",
    "issue",
    "inquiry",
    "enquiry",
    "ref",
    "anfrage",
    "vorgang",
    "fall",
    "demande",
    "dossier",
    "solicitud",
    "caso",
    "incidencia",
    "richiesta",
    "chamado",
    "pedido",
    "protocolo",
    "zaak",
    "verzoek",
    "zgłoszenie",
    "ärende",
    "sag",
    "sak",
    "tiketti",
    "požadavek",
    "обращение",
    "заявка",
    "звернення",
    "talep",
    "tiket",
    "工单",
    "案件",
];

/// What the subject proves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Subject {
    /// The prefix that only programs write, with its colon or as the whole subject.
    pub(super) prefix: Option<String>,
    /// The absence or change that the subject states outside our own subject.
    pub(super) topic: Option<String>,
    /// It numbers a ticket.
    pub(super) ticket: bool,
    /// It answers or forwards something.
    pub(super) answer: bool,
    /// What is left without gateway marks, in normal form.
    pub(super) text: String,
}

impl Subject {
    /// Whether the subject alone is reason to look at the text.
    pub(super) fn says_something(&self) -> bool {
        self.prefix.is_some() || self.topic.is_some() || self.ticket || !self.answer && is_request(&self.text)
    }
}

/// Whether a subject may ask to be left alone.
fn is_request(text: &str) -> bool {
    text.split(' ').count() <= REQUEST_WORDS
        && TABLES.text.any(text, |kind| matches!(kind, Kind::Alone | Kind::Request))
}

/// Reads a subject.
pub(super) fn read(subject: &str) -> Subject {
    let text = without_marks(&normal(subject));
    let mut found = Subject { ticket: is_ticket(&text), ..Subject::default() };
    found.answer = is_answer(&text);
    if !found.answer {
        found.prefix = prefix(&text);
        if found.prefix.is_none() {
            found.topic = topic(&text);
        }
    }
    if found.prefix.is_none() && found.topic.is_none() {
        let end = at_the_end(&text);
        match end {
            Some(end) if TABLES.prefixes.contains(end) => found.prefix = Some(end.to_owned()),
            Some(end) if is_topic(end) => found.topic = Some(end.to_owned()),
            _ => {}
        }
    }
    found.text = text;
    found
}

/// The subject without the marks of gateways before it.
fn without_marks(text: &str) -> String {
    let mut text = text.trim();
    while let Some(rest) = text.strip_prefix(['[', '(', '*', '【']) {
        let Some(close) = rest.find([']', ')', '*', '】']) else { break };
        let mark = rest[..close].trim().trim_matches(['*', ':']);
        let close = close + rest[close..].chars().next().map_or(1, char::len_utf8);
        if GATEWAY_MARKS.contains(&mark) || mark.starts_with("external") || mark.starts_with("spam") {
            text = rest[close..].trim_start_matches([':', ' ', '-']);
        } else {
            break;
        }
    }
    for mark in ["external: ", "ext: ", "extern: "] {
        text = text.strip_prefix(mark).unwrap_or(text);
    }
    text.to_owned()
}

fn is_answer(text: &str) -> bool {
    text.split_once([':', '：']).is_some_and(|(head, _)| {
        ANSWER_PREFIXES
            .contains(&head.trim().trim_end_matches(|c: char| c == ']' || c == '[' || c.is_ascii_digit()))
    })
}

/// The prefix of a program: before a colon, in brackets before, or the whole subject.
fn prefix(text: &str) -> Option<String> {
    let known = |head: &str| TABLES.prefixes.contains(head).then(|| head.to_owned());
    if let Some(head) =
        text.strip_prefix(['[', '【', '(']).and_then(|rest| rest.split([']', '】', ')']).next())
        && let Some(found) = known(head.trim())
    {
        return Some(found);
    }
    let whole = text.trim_matches(|c: char| !c.is_alphanumeric());
    // Some programs write no colon before "Re:".
    if let Some(found) =
        before_answer(text).and_then(|head| known(head.trim_matches(|c: char| !c.is_alphanumeric())))
    {
        return Some(found);
    }
    let head = text.split([':', '：']).next().unwrap_or_default().trim();
    if head.len() < text.len()
        && head.chars().count() <= PREFIX_CHARS
        && let Some(found) = known(head)
    {
        return Some(found);
    }
    (whole.chars().count() > 3).then(|| known(whole)).flatten()
}

/// What precedes "Re:" inside a subject.
fn before_answer(text: &str) -> Option<&str> {
    [" re:", " re :", " aw:", " sv:", " antw:", " odp:", " ynt:", " r:", " fwd:"]
        .iter()
        .find_map(|mark| text.find(mark))
        .map(|at| &text[..at])
}

/// An absence before a colon or "Re:", or as the whole subject.
fn topic(text: &str) -> Option<String> {
    let mut heads = vec![text];
    heads.extend(before_answer(text));
    if let Some((head, _)) = text.split_once([':', '：']) {
        heads.push(head);
    }
    heads
        .into_iter()
        .map(|head| head.trim_matches(|c: char| !c.is_alphanumeric()))
        .find(|head| is_topic(head))
        .map(str::to_owned)
}

/// Whether a text is an absence, alone or with little more: "On leave until 3 May", "Ann Lee is out of the office".
fn is_topic(text: &str) -> bool {
    let known = |part: &str| TABLES.topics.contains(part);
    if known(text) {
        return true;
    }
    let words = text.split(' ').count();
    if words > TOPIC_WORDS || text.chars().count() > PREFIX_CHARS {
        return false;
    }
    let spaces = || text.match_indices(' ').map(|(at, _)| at);
    let dated = text.contains(|c: char| c.is_ascii_digit());
    let starts = || spaces().any(|at| known(&text[..at]));
    let ends = || spaces().any(|at| text[at + 1..].contains(' ') && known(&text[at + 1..]));
    let wide = || {
        text.contains(spaceless)
            && text.char_indices().skip(1).any(|(at, _)| {
                known(&text[at..]) && text[at..].chars().count() >= 3 || dated && known(&text[..at])
            })
    };
    dated && starts() || words <= 7 && ends() || wide()
}

/// What is in brackets or after a dash at the end.
fn at_the_end(text: &str) -> Option<&str> {
    let trimmed = text.trim_end();
    if trimmed.ends_with([')', ']', '】']) {
        let open = trimmed.rfind(['(', '[', '【'])?;
        return Some(trimmed[open..].trim_matches(|c: char| !c.is_alphanumeric()));
    }
    let (at, dash) =
        [" - ", " – ", " — "].iter().filter_map(|dash| Some((trimmed.rfind(dash)?, dash))).max()?;
    Some(trimmed[at + dash.len()..].trim())
}

/// "[Ticket #4711]", "Case 00081734:": a word for it, and a number.
fn is_ticket(text: &str) -> bool {
    let head: String = text.chars().take(60).collect();
    let numbered =
        head.contains('#') || head.contains('№') || head.bytes().filter(u8::is_ascii_digit).count() >= 4;
    numbered
        && (head.contains("#")
            || head.split(|c: char| !c.is_alphanumeric()).any(|word| TICKET_WORDS.contains(&word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_programs() {
        for subject in [
            "Automatic reply: Offer",
            "[External] Automatic reply: Offer",
            "Réponse automatique : Offre",
            "Automatisch antwoord",
            "Re: Freight rates (Abwesenheitsnotiz)",
            "【自動返信】不在のお知らせ",
            "自动回复:报价",
            "AUTO: Ann Lee is out of the office (returning 3/4)",
        ] {
            assert!(read(subject).prefix.is_some(), "{subject}");
        }
        for subject in [
            "Re: Automatic reply: Offer",
            "Automatic reply templates",
            "Autos: a question",
            "Semester dates and pricing",
            "Absence de facture",
            "Ferienwohnung im August: Anfrage",
            "Out of office hours support?",
            "Re: Who covers?",
        ] {
            let found = read(subject);
            assert_eq!((found.prefix, found.topic), (None, None), "{subject}");
        }
    }

    #[test]
    fn absences_in_subjects() {
        for subject in [
            "Abwesenheit: Angebot",
            "Bin im Urlaub Re: Angebot",
            "Re: Offer [I am out of the office]",
            "Re: Offer - Out of Office",
            "Office closed: Offer",
            "Maternity leave: Offer",
            "On leave until 3 May",
        ] {
            assert!(read(subject).topic.is_some(), "{subject}: {:?}", read(subject));
        }
        assert!(read("[Ticket #4711] We received it").ticket);
        assert!(read("Case 00081734: Offer").ticket);
        assert!(!read("Offer for 2027").ticket);
    }
}
