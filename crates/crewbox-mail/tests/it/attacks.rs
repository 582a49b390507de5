//! Mails that were written to mislead the classifier: what people add to the words of a notice, a report, an opt-out.
//! A person's mail that is filed away costs a deal, so each must stay a person's, with the class that it resembles as
//! a suspicion.

use crewbox_core::message::{Circumstances, Class, Verdict};

use crate::classes::letter;
use crate::must_read;

/// The verdicts when the mail came late and when it came at once.
fn both(headers: &str, subject: &str, text: &str) -> [Verdict; 2] {
    let mail = letter(headers, subject, text);
    [false, true].map(|prompt| mail.verdicts.under(Circumstances { from_lead: true, prompt }).clone())
}

fn must_be_person(headers: &str, subject: &str, text: &str, suspected: Option<Class>) {
    for verdict in both(headers, subject, text) {
        assert_eq!(verdict.class, Class::Human, "{subject} / {text}: {}", verdict.evidence);
        if suspected.is_some() {
            assert_eq!(verdict.suspected, suspected, "{subject} / {text}: {}", verdict.evidence);
        }
    }
}

/// Notices that are whole without the remark.
const NOTICES: &[(&str, &[&str])] = &[
    (
        "I am on leave until 16 November, Ines Roth (ines.roth@acme.test) covers for me.",
        &[
            "Greetings from a sunny beach!",
            "Our yard holds twenty lorries.",
            "Bananas.",
            ":-)",
            "@Ines please take this.",
        ],
    ),
    (
        "Ich bin bis 16.11. im Urlaub, Vertretung ist Ines Roth (ines.roth@acme.test).",
        &[
            "Kein Budget vor dem Frühjahr.",
            "Wir haben schon etwas anderes.",
            "Liebe Grüße aus Lissabon!",
            "Ist nichts für uns.",
            "Mein Team ist dafür.",
        ],
    ),
    (
        "Estoy de vacaciones hasta el 16 de noviembre, me sustituye Ana Ruiz (ana@acme.test).",
        &["Me gusta la propuesta.", "Le he pasado tu correo.", "¡Saludos desde la playa!"],
    ),
    (
        "Sono in ferie fino al 16 novembre, mi sostituisce Marco Bini (marco@acme.test).",
        &["La proposta mi piace.", "Gli ho girato la sua mail."],
    ),
    (
        "Jestem na urlopie do 16 listopada, zastępuje mnie Jan Nowak (jan@acme.test).",
        &["Pomysł mi się podoba.", "18-go o 10 mi pasuje."],
    ),
    ("Do 16. 11. mám dovolenou, zastupuje mě Jan Malý (jan@acme.test).", &["Nápad se mi líbí."]),
    ("Sunt în concediu până pe 16 noiembrie, mă înlocuiește Ion Pop (ion@acme.test).", &["Îmi place ideea."]),
    ("Я в отпуске до 16 ноября, меня замещает Иван Попов (ivan@acme.test).", &["Идея нравится."]),
    (
        "Είμαι σε άδεια έως 16 Νοεμβρίου, με αντικαθιστά ο Νίκος Παππάς (nikos@acme.test).",
        &["Μου αρέσει η ιδέα."],
    ),
    (
        "Olen lomalla 16.11. asti, kiireellisissä asioissa ota yhteyttä Mika Saloon (mika@acme.test).",
        &["Banaanit ovat keltaisia."],
    ),
    (
        "Na godišnjem sam odmoru do 16. studenoga, za hitne slučajeve obratite se Ivanu (ivan@acme.test).",
        &["Banane su žute."],
    ),
    (
        "Я у відпустці до 16 листопада, з термінових питань звертайтеся до Олени (olena@acme.test).",
        &["Банани жовті."],
    ),
    (
        "Tôi đang nghỉ phép đến ngày 16/11, việc gấp xin liên hệ anh Nam (nam@acme.test).",
        &["Chuối màu vàng."],
    ),
    (
        "Saya sedang cuti sampai 16 November. Untuk hal mendesak silakan hubungi Budi (budi@acme.test).",
        &["Pisang itu kuning."],
    ),
];

#[test]
fn a_notice_with_a_remark_is_a_persons() {
    for (notice, remarks) in NOTICES {
        for remark in *remarks {
            must_be_person("", "Re: Proposal", &format!("{notice} {remark}"), Some(Class::Automatic));
        }
        let [_, prompt] = both("", "Re: Proposal", notice);
        assert_eq!(prompt.class, Class::Automatic, "{notice}: {}", prompt.evidence);
    }
}

#[test]
fn a_notice_that_names_us_or_quotes_us_is_a_persons() {
    let notice = "I am on leave until 16 November, Ines Roth covers for me.";
    for text in [format!("{notice} Thanks Nora!"), format!("{notice} Danke, Nora!")] {
        let mail = must_read(format!(
            "From: Ann Lee <ann@acme.test>\nTo: Nora Feld <nora.feld@own.test>\nSubject: Re: Proposal\n\n{text}\n"
        ));
        assert_eq!(mail.verdicts.alone.class, Class::Human, "{text}");
    }
    let quoted = format!(
        "{notice}\n\nOn Tue, 3 Nov 2026 at 10:00, Nora Feld <nora.feld@own.test> wrote:\n> Shall we talk?"
    );
    must_be_person("", "Re: Proposal", &quoted, Some(Class::Automatic));
}

#[test]
fn a_header_that_a_program_made_the_mail_does_not_excuse_a_remark() {
    for header in
        ["Auto-Submitted: auto-generated\n", "Precedence: bulk\n", "X-Auto-Response-Suppress: All\n"]
    {
        for text in [
            "On holiday. Love it though!",
            "I am on leave until Monday. The idea is good.",
            "Ich bin bis Montag im Urlaub. Die Idee ist gut.",
            "Estoy de vacaciones hasta el lunes. Buena idea.",
            "I am on holiday this week. The dock manager Otto searches for a thing like that.",
        ] {
            must_be_person(header, "Re: Proposal", text, None);
        }
    }
}

#[test]
fn the_prefix_of_a_program_needs_the_words_of_a_notice() {
    for (subject, text) in [
        ("Automatic reply: Proposal", "Yes please"),
        ("Automatic reply: Proposal", "Send the deck."),
        ("Automatic reply: Proposal", "Hi, forget the auto text, I'm in until five."),
        ("Automatische Antwort: Angebot", "Rufen Sie mich an."),
        ("Respuesta automática: Oferta", "Llámeme por favor."),
    ] {
        must_be_person("", subject, text, Some(Class::Automatic));
    }
}

#[test]
fn a_request_to_be_left_alone_with_a_question_or_another_request_is_a_persons() {
    for text in [
        "unsubscribe?",
        "unsubscribe??",
        "Opt out?",
        "Stop?",
        "Stop? No, go!",
        "Abmelden?",
        "退订？",
        "Bitte keine E-Mails mehr, rufen Sie mich lieber an.",
        "Do not contact me, contact Tom.",
        "No me envíe más correos, llámeme.",
        "Não me envie mais e-mails, ligue-me.",
        "Proszę nie pisać więcej, proszę dzwonić.",
        "Mail atmayın, arayın.",
        "Inga fler mejl, ring mig.",
        "前回のメールは削除してください。",
        "지난 메일은 삭제해 주세요.",
        "Delete my previous mail.",
    ] {
        must_be_person("", "Re: Proposal", text, None);
    }
}

#[test]
fn a_request_to_be_left_alone_may_be_polite_or_misspelt() {
    for text in [
        "unsuscribe",
        "Unsubcribe please",
        "Please remove ann@acme.test from your list.",
        "Could you please remove my address from your mailing list? Thank you very much.",
        "Could you please unsubscribe me from these emails? Thanks!",
        "Gelieve mij uit uw bestand te verwijderen.",
        "リストから削除してください。",
        "목록에서 삭제해 주세요.",
    ] {
        for verdict in both("", "Re: Proposal", text) {
            assert_eq!(verdict.class, Class::Unsubscribe, "{text}: {}", verdict.evidence);
        }
    }
    for text in ["Subscribe", "Bestellen", "Anmelden", "subscriber"] {
        must_be_person("", "Re: Proposal", text, None);
    }
}

/// A mail of two parts.
fn parts(media: &str, text: &str, second: &str) -> Verdict {
    let headers = format!("MIME-Version: 1.0\nContent-Type: {media}; boundary=zz\n");
    let body = format!("--zz\nContent-Type: text/plain\n\n{text}\n--zz\n{second}\n--zz--");
    letter(&headers, "Fwd: Undelivered Mail", &body).verdicts.alone
}

#[test]
fn a_report_that_a_person_attaches_is_a_persons_mail() {
    let failed = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; tom@acme.test\nAction: failed\nStatus: 5.1.1\n";
    let read = "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; us@own.test\nDisposition: manual-action/MDN-sent-manually; displayed\n";
    let abuse =
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n";
    for (second, class) in [(failed, Class::Bounce), (read, Class::Receipt), (abuse, Class::Feedback)] {
        let verdict = parts("multipart/mixed", "See below. Please send the offer to me.", second);
        assert_eq!((verdict.class, verdict.suspected), (Class::Human, Some(class)), "{}", verdict.evidence);
    }
    let verdict = parts("multipart/report; report-type=delivery-status", "It failed.", failed);
    assert_eq!(verdict.class, Class::Bounce, "{}", verdict.evidence);
}

#[test]
fn an_answer_to_an_invitation_with_a_question_is_a_persons() {
    let calendar = "Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nSUMMARY:Shall we talk?\nEND:VEVENT\nEND:VCALENDAR\n";
    for text in ["Accepted, but can Tom join?", "Thursday does not work, could you do Friday at 10?"] {
        let verdict = parts("multipart/mixed", text, calendar);
        assert_eq!((verdict.class, verdict.suspected), (Class::Human, Some(Class::Calendar)), "{text}");
    }
    for text in ["Accepted.", "Title: Shall we talk?", "Ann Lee has accepted this invitation."] {
        assert_eq!(parts("multipart/mixed", text, calendar).class, Class::Calendar, "{text}");
    }
}

#[test]
fn notices_of_servers_in_other_words_are_bounces() {
    for (from, text) in [
        ("MDaemon", "--> RCPT To:<ann@acme.test>\n<-- 550 <ann@acme.test>, Recipient unknown"),
        (
            "postmaster",
            "Your message to ann@acme.test was blocked by our firewall. It has NOT BEEN DELIVERED.",
        ),
        ("postmaster", "Banned name in a mail to:\n-> ann@acme.test\nDelivery of the email was stopped!"),
        ("postmaster", "--> RCPT To:<ann@acme.test>\n<-- 554 <ann@acme.test> nope"),
    ] {
        let mail = must_read(format!(
            "Return-Path: <>\nFrom: {from}@acme.test\nTo: us@own.test\nSubject: About your mail\n\n{text}\n"
        ));
        assert_eq!(mail.verdicts.alone.class, Class::Bounce, "{text}: {}", mail.verdicts.alone.evidence);
    }
    let mail = must_read(
        "Return-Path: <>\nFrom: postmaster@acme.test\nTo: us@own.test\nSubject: Oznámení\n\nAdresa ann@acme.test: zzz.\n",
    );
    let verdict = &mail.verdicts.alone;
    assert_eq!(
        (verdict.class, verdict.suspected),
        (Class::Human, Some(Class::Bounce)),
        "{}",
        verdict.evidence
    );
}
