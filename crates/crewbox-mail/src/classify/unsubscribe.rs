//! Requests to be left alone: short, in the new text only. A long answer that mentions the word is a
//! person's, and a person reads it.

use std::sync::LazyLock;

use crewbox_core::message::Class;

use super::{Letter, Verdict, normal};
use crate::phrases::Phrases;

/// A whole message, or subject, that says no more than this.
const ALONE: &[&str] = &[
    "unsubscribe",
    "stop",
    "remove",
    "opt out",
    "opt-out",
    "optout",
    "no thanks unsubscribe",
    "take me off",
    "remove me",
    "delete me",
    "abmelden",
    "abbestellen",
    "austragen",
    "stopp",
    "désinscription",
    "désinscrire",
    "désabonner",
    "baja",
    "darme de baja",
    "cancelar suscripción",
    "cancellami",
    "disiscrivimi",
    "disiscrizione",
    "descadastrar",
    "cancelar inscrição",
    "remover",
    "uitschrijven",
    "afmelden",
    "wypisz",
    "wypisz mnie",
    "rezygnuję",
    "avregistrera",
    "avsluta prenumeration",
    "afmeld",
    "meld meg av",
    "avmeld",
    "peru tilaus",
    "odhlásit",
    "отписаться",
    "отписать",
    "отпишите меня",
    "abonelikten çık",
    "listeden çıkar",
    "配信停止",
    "配信解除",
    "退订",
    "取消订阅",
];

/// Said within a short message.
const WITHIN: &[&str] = &[
    "please unsubscribe",
    "unsubscribe me",
    "unsubscribe my",
    "remove me from",
    "remove my email",
    "remove my address",
    "remove us from",
    "take me off",
    "take us off",
    "please remove me",
    "stop emailing",
    "stop e-mailing",
    "stop contacting",
    "stop sending me",
    "stop mailing",
    "do not contact me",
    "don't contact me",
    "do not email me",
    "don't email me",
    "opt me out",
    "want to opt out",
    "like to opt out",
    "wish to opt out",
    "no more emails",
    "bitte abmelden",
    "melden sie mich ab",
    "aus ihrem verteiler",
    "aus dem verteiler",
    "aus der liste",
    "keine weiteren e-mails",
    "keine weiteren mails",
    "keine werbung",
    "nicht mehr kontaktieren",
    "nicht mehr anschreiben",
    "me désinscrire",
    "me désabonner",
    "désinscrivez-moi",
    "retirez-moi",
    "ne plus me contacter",
    "ne plus recevoir",
    "me retirer de",
    "darme de baja",
    "déme de baja",
    "dame de baja",
    "no me contacten",
    "no me escriban",
    "elimíneme de",
    "no deseo recibir",
    "no quiero recibir",
    "cancellatemi",
    "rimuovetemi",
    "mi cancelli",
    "non contattatemi",
    "non desidero ricevere",
    "non voglio ricevere",
    "me remova",
    "remova-me",
    "me descadastre",
    "não quero receber",
    "não desejo receber",
    "não me contate",
    "schrijf mij uit",
    "schrijf me uit",
    "haal mij van",
    "geen mails meer",
    "niet meer mailen",
    "proszę o wypisanie",
    "proszę mnie wypisać",
    "proszę o usunięcie",
    "nie życzę sobie",
    "ta bort mig",
    "avregistrera mig",
    "sluta skicka",
    "fjern mig",
    "afmeld mig",
    "fjern meg",
    "meld meg av",
    "poistakaa minut",
    "älkää lähettäkö",
    "odhlaste mě",
    "odstraňte mě",
    "отпишите меня",
    "удалите меня",
    "не пишите мне",
    "больше не пишите",
    "beni listeden",
    "listenizden çıkar",
    "mail göndermeyin",
    "配信を停止",
    "配信停止を",
    "配信不要",
    "送らないで",
    "请退订",
    "不要再发",
    "请勿再",
];

static REQUESTS: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(WITHIN.iter().copied()));

/// Words before a phrase that turn it around.
const NEGATIONS: &[&str] = &["don't ", "do not ", "not ", "no need to ", "never ", "please don't "];

/// Longest message, in words, in which a request is believed.
const MAX_WORDS: usize = 40;

/// Longest message, in characters: Japanese and Chinese have no spaces.
const MAX_CHARS: usize = 300;

/// A request to be left alone.
pub(super) fn unsubscribe(letter: &Letter<'_>) -> Option<Verdict> {
    let fresh = without_courtesy(letter.fresh());
    if ALONE.contains(&fresh.as_str()) {
        return Some(Verdict::of(Class::Unsubscribe, format!("text: “{fresh}”")));
    }
    let subject = without_courtesy(&normal(letter.subject));
    if subject.len() > 4 && ALONE.contains(&subject.as_str()) {
        return Some(Verdict::of(Class::Unsubscribe, format!("subject: “{subject}”")));
    }
    if fresh.chars().count() > MAX_CHARS || fresh.split(' ').count() > MAX_WORDS {
        return None;
    }
    REQUESTS
        .all(&fresh)
        .find(|(at, _)| !NEGATIONS.iter().any(|n| fresh[..*at].ends_with(n)))
        .map(|(_, phrase)| Verdict::of(Class::Unsubscribe, format!("text: “{phrase}”")))
}

/// The text without the words of politeness and the marks around it.
fn without_courtesy(text: &str) -> String {
    let mut text = text.trim_matches(|c: char| !c.is_alphanumeric());
    for word in ["please ", "pls ", "hi ", "hello ", "bitte ", "por favor ", "s'il vous plaît "] {
        text = text.strip_prefix(word).unwrap_or(text);
    }
    for word in [" please", " pls", " thanks", " thank you", " bitte", " danke", " merci", " gracias"] {
        text = text.strip_suffix(word).unwrap_or(text).trim_end_matches(|c: char| !c.is_alphanumeric());
    }
    text.to_owned()
}
