//! Automatic replies in many languages and words, with the day of return.

use crewbox_core::message::{Circumstances, Class};
use crewbox_core::time::Timestamp;

use crate::classes::{alone, letter};

const DAY_MS: i64 = 86_400_000;

/// Midnight UTC of a day in 2025.
fn day(month: usize, day: i64) -> Option<Timestamp> {
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1];
    Some(Timestamp(1_735_689_600_000 + (before + day - 1) * DAY_MS))
}

#[test]
fn automatic_replies_by_subject_and_text_with_the_day_of_return() {
    let mut wrong = Vec::new();
    for (language, subject, text, returns) in [
        ("en", "Automatic reply: Proposal", "I am out of the office until March 7th.", day(3, 7)),
        (
            "en",
            "Re: Proposal",
            "Thank you for your email. I am on annual leave until 7 March 2025. Please contact Bob for urgent matters.",
            day(3, 7),
        ),
        ("en", "Out of Office", "I'm away, back on 3/27/2025. In urgent cases call Bob.", day(3, 27)),
        ("de", "Abwesenheitsnotiz: Angebot", "Ich bin bis zum 07.03.2025 nicht im Büro.", day(3, 7)),
        (
            "de",
            "Re: Angebot",
            "Vielen Dank für Ihre Nachricht. Ich bin bis einschließlich 7. März im Urlaub. In dringenden Fällen …",
            day(3, 7),
        ),
        ("fr", "Réponse automatique : Offre", "Je suis absent du bureau jusqu'au 7 mars 2025.", day(3, 7)),
        (
            "fr",
            "RE: Offre",
            "Bonjour, je suis en congé jusqu’au 7 mars. En cas d'urgence, merci de contacter Léa.",
            day(3, 7),
        ),
        ("es", "Respuesta automática: Oferta", "Estaré fuera de la oficina hasta el 7 de marzo.", day(3, 7)),
        (
            "es",
            "RE: Oferta",
            "Estoy de vacaciones hasta el 07/03/2025. Si es urgente, escriba a Luis.",
            day(3, 7),
        ),
        ("it", "Risposta automatica: Offerta", "Sono fuori ufficio fino al 7 marzo 2025.", day(3, 7)),
        ("it", "R: Offerta", "Sarò assente fino al 7 marzo. Per urgenze scrivete a Gino.", day(3, 7)),
        ("pt", "Resposta automática: Proposta", "Estou de férias até 7 de março.", day(3, 7)),
        ("pt", "RE: Proposta", "Estou ausente até o dia 07/03. Em caso urgente, ligue.", day(3, 7)),
        ("nl", "Automatisch antwoord: Voorstel", "Ik ben afwezig tot en met 7 maart 2025.", day(3, 7)),
        ("nl", "RE: Voorstel", "Ik ben op vakantie tot 7 maart. Bij dringende zaken: bel Jan.", day(3, 7)),
        ("pl", "Odpowiedź automatyczna: Oferta", "Jestem na urlopie do 7 marca 2025.", day(3, 7)),
        (
            "pl",
            "RE: Oferta",
            "Przebywam na urlopie do 07.03.2025. W pilnych sprawach proszę dzwonić.",
            day(3, 7),
        ),
        ("sv", "Autosvar: Offert", "Jag är på semester till och med 7 mars.", day(3, 7)),
        (
            "sv",
            "SV: Offert",
            "Jag är inte på kontoret, tillbaka den 7 mars. Vid brådskande ärenden: ring.",
            day(3, 7),
        ),
        ("da", "Automatisk svar: Tilbud", "Jeg holder ferie til og med 7. marts 2025.", day(3, 7)),
        ("no", "Automatisk svar: Tilbud", "Jeg er ute av kontoret, tilbake 7. mars.", day(3, 7)),
        ("fi", "Automaattinen vastaus: Tarjous", "Olen lomalla 7.3.2025 asti.", day(3, 7)),
        ("cs", "Automatická odpověď: Nabídka", "Jsem mimo kancelář do 7. března.", day(3, 7)),
        ("ru", "Автоматический ответ: Предложение", "Я в отпуске до 7 марта 2025 г.", day(3, 7)),
        ("ru", "RE: Предложение", "Отсутствую до 07.03.2025. По срочным вопросам звоните.", day(3, 7)),
        ("tr", "Otomatik yanıt: Teklif", "7 Mart tarihine kadar ofis dışındayım.", day(3, 7)),
        ("tr", "RE: Teklif", "Yıllık izindeyim, 7 Mart 2025'e kadar. Acil durumlarda arayın.", day(3, 7)),
        ("ja", "自動応答: ご提案", "2025年3月7日まで休暇をいただいております。", day(3, 7)),
        ("ja", "Re: ご提案", "3月7日まで不在にしております。緊急の場合はお電話ください。", day(3, 7)),
        ("zh", "自动回复: 报价", "我正在休假，至2025年3月7日。", day(3, 7)),
        ("zh", "Re: 报价", "我不在办公室，3月7日回来。如有急事请致电。", day(3, 7)),
        (
            "uk",
            "Re: Пропозиція",
            "Я у відпустці до 7 березня. З термінових питань звертайтеся до Олени.",
            day(3, 7),
        ),
        ("bg", "Re: Оферта", "В отпуск съм до 7 март. При спешни случаи се обърнете към Иван.", day(3, 7)),
        (
            "sk",
            "Re: Ponuka",
            "Som na dovolenke do 7. marca. V súrnych prípadoch kontaktujte Petra.",
            day(3, 7),
        ),
        (
            "hr",
            "Re: Ponuda",
            "Na godišnjem odmoru sam do 7. ožujka. U hitnim slučajevima obratite se Ivani.",
            day(3, 7),
        ),
        (
            "sr",
            "Re: Понуда",
            "На годишњем одмору сам до 7. марта. У хитним случајевима контактирајте Јелену.",
            day(3, 7),
        ),
        ("sl", "Re: Ponudba", "Na dopustu sem do 7. marca. V nujnih primerih pokličite pisarno.", day(3, 7)),
        ("hu", "Re: Ajánlat", "Március 7-ig szabadságon vagyok. Sürgős esetben keresse Annát.", day(3, 7)),
        (
            "ro",
            "Re: Ofertă",
            "Sunt în concediu până la 7 martie. Pentru urgențe, contactați biroul.",
            day(3, 7),
        ),
        (
            "el",
            "Re: Προσφορά",
            "Βρίσκομαι σε άδεια έως τις 7 Μαρτίου. Για επείγοντα επικοινωνήστε με τη Μαρία.",
            day(3, 7),
        ),
        ("he", "Re: הצעה", "אני בחופשה עד 7 במרץ. במקרים דחופים נא לפנות לדנה.", day(3, 7)),
        ("ar", "Re: عرض", "أنا في إجازة حتى 7 مارس. في الحالات العاجلة يرجى التواصل مع المكتب.", day(3, 7)),
        ("ko", "Re: 제안", "3월 7일까지 휴가입니다. 급한 용무는 대표 번호로 연락 바랍니다.", day(3, 7)),
        ("th", "Re: ข้อเสนอ", "ลาพักร้อนถึงวันที่ 7 มีนาคม กรณีเร่งด่วนกรุณาติดต่อสำนักงาน", day(3, 7)),
        (
            "vi",
            "Re: Báo giá",
            "Tôi nghỉ phép đến ngày 7 tháng 3. Trường hợp khẩn cấp vui lòng liên hệ văn phòng.",
            day(3, 7),
        ),
        (
            "id",
            "Re: Penawaran",
            "Saya sedang cuti sampai tanggal 7 Maret. Untuk hal mendesak silakan hubungi kantor.",
            day(3, 7),
        ),
        (
            "et",
            "Re: Pakkumine",
            "Olen puhkusel kuni 7. märtsini. Kiirete küsimuste korral palun pöörduge kontorisse.",
            day(3, 7),
        ),
        (
            "lt",
            "Re: Pasiūlymas",
            "Esu atostogose iki kovo 7 d. Skubiais atvejais prašome kreiptis į biurą.",
            day(3, 7),
        ),
        (
            "lv",
            "Re: Piedāvājums",
            "Esmu atvaļinājumā līdz 7. martam. Steidzamos gadījumos lūdzu sazinieties ar biroju.",
            day(3, 7),
        ),
    ] {
        let mail = letter("", subject, text);
        if alone(&mail).class != Class::Automatic || alone(&mail).returns_at != returns {
            wrong.push(format!("{language}: {subject} / {text}: {:?}", alone(&mail)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Notices as people word them, which come at once.
#[test]
fn notices_in_many_words_are_recognised_when_they_come_at_once() {
    let mut wrong = Vec::new();
    for (subject, text) in [
        (
            "Re: Offer",
            "Hello, I am on parental leave and will be back at work in June. Until then my mailbox is looked after by Tom Reed, tom@acme.test.",
        ),
        (
            "Out of office",
            "Thanks for getting in touch. I'm away from work until Monday 10 March and won't be picking up emails. If you need something before then, please try the main office number.",
        ),
        (
            "Re: Offer",
            "Thanks for your email. I'm currently on a well-earned break and will not be reading emails until 10 March. For anything that can't wait, drop a line to office@acme.test.",
        ),
        ("Auto: Offer", "I'm travelling with limited connectivity. Replies will be slow."),
        ("Automatic reply: Offer", "Hi there! I only work Tuesdays to Thursdays."),
        (
            "We got your message",
            "Thanks for reaching out! We've received your message and a member of the team will respond within 2 business days. This inbox is monitored Monday to Friday.",
        ),
        (
            "Thank you for your enquiry",
            "Thank you for your enquiry. It is important to us and we will reply as soon as possible. This is an automated message.",
        ),
        (
            "Re: Offer",
            "Please note I have now left ACME Ltd. Emails to this address are not being forwarded. Please email sales@acme.test.",
        ),
        (
            "Re: Offer",
            "Der Empfänger ist nicht mehr im Unternehmen beschäftigt. Ihre E-Mail wurde nicht weitergeleitet. Bitte wenden Sie sich an info@acme.test.",
        ),
        ("Automatische Antwort: Angebot", "Ich habe Resturlaub und bin ab dem 10. März wieder da."),
        (
            "Re: Angebot",
            "Vielen Dank für Ihre Mail! Zurzeit genieße ich meinen Urlaub und bin ab dem 10. März wieder für Sie da. In eiligen Angelegenheiten hilft Ihnen mein Team unter team@acme.test.",
        ),
        (
            "AW: Angebot",
            "Guten Tag, unser Büro ist vom 3. bis 10. März geschlossen. E-Mails werden in dieser Zeit nicht bearbeitet.",
        ),
        (
            "Bestätigung",
            "Vielen Dank für Ihre Anfrage. Wir haben Ihre Nachricht erhalten und melden uns innerhalb von 24 Stunden. Diese E-Mail wurde automatisch versendet.",
        ),
        (
            "Re: Offre",
            "Bonjour, je suis actuellement en congés et serai de retour le 10 mars. En mon absence, vous pouvez écrire à contact@acme.test.",
        ),
        (
            "Re: Offre",
            "Bonjour, absente jusqu'au 10 mars, je traiterai votre message à mon retour. Pour les urgences : 01 02 03 04 05.",
        ),
        (
            "Accusé de réception",
            "Bonjour, votre message nous est bien parvenu. Nous vous répondrons dans les meilleurs délais. Merci de ne pas répondre à ce courriel.",
        ),
        (
            "Re: Oferta",
            "Gracias por su mensaje. Me encuentro de vacaciones hasta el 10 de marzo, sin acceso al correo. Para cualquier urgencia, llame al 910 000 000.",
        ),
        (
            "Re: Oferta",
            "Gracias por escribirnos. Este es un mensaje automático para confirmarle que hemos recibido su correo.",
        ),
        (
            "R: Offerta",
            "Grazie per la mail. Sarò in ferie dal 3 al 10 marzo. Per urgenze potete contattare la segreteria.",
        ),
        (
            "Re: Oferta",
            "Dziękuję za wiadomość. W dniach 3-10 marca przebywam na urlopie. W sprawach pilnych proszę o kontakt z biurem.",
        ),
        (
            "Re: Proposta",
            "Olá! Estou de férias e volto no dia 10 de março. Casos urgentes: fale com a recepção.",
        ),
        ("SV: Offert", "Hej! Jag har semester och är åter den 10 mars. Vid akuta ärenden kontakta växeln."),
        (
            "Re: Tilbud",
            "Tak for din mail. Jeg er på ferie til og med 10. marts. Kontakt kontoret, hvis det haster.",
        ),
        ("Re: Tilbud", "Jeg har ferie og er tilbake 10. mars. Ved hastesaker, ring sentralbordet."),
        (
            "Re: Voorstel",
            "Bedankt voor uw e-mail. Ik ben afwezig t/m 10 maart en lees mijn mail niet. Voor dringende zaken kunt u bellen met de receptie.",
        ),
        (
            "Re: Tarjous",
            "Kiitos viestistäsi. Olen lomalla 10.3. asti. Kiireellisissä asioissa ota yhteyttä toimistoon.",
        ),
        (
            "Re: Nabídka",
            "Dobrý den, do 10. března čerpám dovolenou a nemám přístup k e-mailu. V urgentních záležitostech volejte kancelář.",
        ),
        (
            "Re: Предложение",
            "Здравствуйте! До 10 марта нахожусь в отпуске. По срочным вопросам пишите на office@acme.test.",
        ),
        (
            "Re: Teklif",
            "Merhaba, 10 Mart'a kadar yıllık izindeyim. Acil konular için ofisle iletişime geçebilirsiniz.",
        ),
        (
            "Re: ご提案",
            "お世話になっております。3月10日まで夏季休暇をいただいております。お急ぎの場合は代表番号までご連絡ください。",
        ),
        ("Re: 报价", "您好，我在休年假，3月10日上班。急事请联系张经理。"),
        (
            "Re: 제안",
            "안녕하세요. 3월 10일까지 출장 중이라 메일 확인이 어렵습니다. 급하신 용무는 사무실로 연락 부탁드립니다.",
        ),
        (
            "Re: Ajánlat",
            "Tisztelt Feladó! Március 10-ig szabadságon vagyok, leveleimet nem olvasom. Sürgős ügyben hívja irodánkat.",
        ),
        (
            "Re: Ofertă",
            "Bună ziua, sunt în concediu până pe 10 martie și nu am acces la e-mail. Pentru urgențe sunați la birou.",
        ),
    ] {
        let mail = letter("", subject, text);
        let verdict = mail.verdicts.under(Circumstances { from_lead: true, prompt: true });
        if verdict.class != Class::Automatic {
            wrong.push(format!("{text}: {verdict:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
