//! What a mail is, language by language, with mails written for the purpose; and what it is not.

use crewbox_core::message::{Circumstances, Class, Mail, Verdict};
use crewbox_core::time::Timestamp;

use crate::must_read;

const DAY_MS: i64 = 86_400_000;

/// Midnight UTC of a day in 2025.
fn day(month: usize, day: i64) -> Option<Timestamp> {
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1];
    Some(Timestamp(1_735_689_600_000 + (before + day - 1) * DAY_MS))
}

/// The verdict when nothing is known besides the bytes.
fn alone(mail: &Mail) -> &Verdict {
    &mail.verdicts.alone
}

fn letter(headers: &str, subject: &str, text: &str) -> Mail {
    must_read(format!(
        "From: Ann Lee <ann@acme.test>\nTo: us@own.test\nDate: Mon, 3 Feb 2025 10:00:00 +0000\nSubject: {subject}\n{headers}\n{text}\n"
    ))
}

#[test]
fn automatic_replies_by_subject_and_text_with_the_day_of_return() {
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
    ] {
        let mail = letter("", subject, text);
        assert_eq!(
            mail.verdicts.alone.class,
            Class::Automatic,
            "{language}: {subject} / {text}: {}",
            mail.verdicts.alone.evidence
        );
        assert_eq!(mail.verdicts.alone.returns_at, returns, "{language}: {text}");
    }
}

#[test]
fn a_header_that_declares_a_reply_by_a_program_is_proof() {
    for header in [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-replied (vacation)",
        "X-Autoreply: yes",
        "X-Autorespond: Proposal",
        "Precedence: auto_reply",
        "X-AutoReply-From: a@b",
        "X-Mailer: vacation 1.2.8",
        "X-Autogenerated: Reply",
        "Delivered-To: Autoresponder",
    ] {
        let mail = letter(&format!("{header}\n"), "Your ticket", "Shall we talk?");
        assert_eq!(alone(&mail).class, Class::Automatic, "{header}");
        assert!(alone(&mail).evidence.contains(&header[..6]), "{}", alone(&mail).evidence);
    }
    assert_eq!(alone(&letter("Auto-Submitted: no\nX-Autoreply: no\n", "Hi", "Sure.")).class, Class::Human);
}

#[test]
fn a_header_that_a_program_made_or_passed_on_the_mail_is_no_proof() {
    for header in [
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "Precedence: junk",
        "Precedence: list",
        "X-Auto-Response-Suppress: All",
        "List-Id: <team.acme.test>",
        "X-Autogenerated: Forward",
        "X-FC-MachineGenerated: true",
        "Return-Path: <>",
        "Auto-Submitted: auto-generated\nX-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent",
    ] {
        for text in [
            "Yes please, call me at ten.",
            "I was on vacation last week, hence the late answer. We want a demo.",
        ] {
            let mail = letter(&format!("{header}\n"), "Re: Proposal", text);
            assert_eq!(alone(&mail).class, Class::Human, "{header}: {}", alone(&mail).evidence);
        }
    }
    for header in ["Auto-Submitted: auto-generated", "Precedence: bulk", "X-Auto-Response-Suppress: All"] {
        let mail = letter(&format!("{header}\n"), "Re: Proposal", "I am on leave and cannot reply.");
        assert_eq!(alone(&mail).class, Class::Automatic, "{header}: {}", alone(&mail).evidence);
    }
}

#[test]
fn a_mail_that_comes_at_once_needs_less_other_proof() {
    let mail = letter("", "Re: Proposal", "I am on leave. For urgent matters please contact Bob.");
    assert_eq!((alone(&mail).class, alone(&mail).suspected), (Class::Human, Some(Class::Automatic)));
    let at_once = mail.verdicts.under(Circumstances { from_lead: true, prompt: true });
    assert_eq!(at_once.class, Class::Automatic, "{}", at_once.evidence);
    let person = letter("", "Re: Proposal", "I am on leave. Shall we talk next week?");
    assert_eq!(person.verdicts.under(Circumstances { from_lead: true, prompt: true }).class, Class::Human);
}

#[test]
fn receipts_of_tickets_and_other_machines() {
    for (subject, text) in [
        (
            "[Ticket #77] Received",
            "Your request has been received and is being reviewed. Please do not reply to this email.",
        ),
        (
            "Please confirm",
            "To deliver your message you must prove that you are human: https://guard.test/c/1",
        ),
        ("Re: Proposal", "Bob no longer works here. This mailbox is not monitored."),
        (
            "Re: Angebot",
            "Ihre Anfrage ist bei uns eingegangen. Dies ist eine automatisch erzeugte Nachricht.",
        ),
        (
            "Re: Offre",
            "Votre demande a bien été enregistrée. Ceci est un message automatique, merci de ne pas y répondre.",
        ),
    ] {
        let mail = letter("", subject, text);
        assert_eq!(alone(&mail).class, Class::Automatic, "{text}: {}", alone(&mail).evidence);
    }
}

#[test]
fn people_stay_people() {
    for (subject, text) in [
        ("Re: Proposal", "I was on vacation last week, sorry for the delay. Let's talk on Monday."),
        ("Re: Proposal", "I'm out of the office until Monday, can we speak on Tuesday?"),
        ("Re: Angebot", "Ich bin nächste Woche im Urlaub, danach gern."),
        ("Re: Out of office", "Did you get my last mail?"),
        ("Re: unsubscribe flow", "How do your customers unsubscribe, and can they stop at any time?"),
        (
            "Re: Proposal",
            "No need to remove me from the list, I like your mails. Please don't remove me from it.",
        ),
        ("Re: Undeliverable", "The parcel was undeliverable, which address did you use?"),
        (
            "Re: Proposal",
            "Yes.\n\nOn Mon, 3 Feb 2025 at 09:00, Us <us@own.test> wrote:\n> Please unsubscribe me\n> I am out of the office until 7 March, limited access",
        ),
        ("Re: Proposal", "Send the urgent papers to the office, please."),
        ("Absolutely", "Yes!"),
        ("Re: Proposal", "Bob no longer works here. Please contact Jane."),
        ("Re: Proposal", "On leave until 7 March, will get back to you then."),
        ("Automatic replies: a question", "Do you support them?"),
        (
            "Re: Automatic reply: Proposal",
            "Sorry, ignore that. I am out of the office until 7 March, but Tom decides.",
        ),
        ("Out of office hours support?", "Do you offer it? I am in the office until five."),
        ("Re: Proposal", "Please remove me from the cc, Anna decides."),
        ("Re: Proposal", "Please do not contact me before Monday."),
        (
            "Re: Proposal",
            "Nehmen Sie mich bitte aus dem Verteiler für Montag und schicken Sie das Angebot an Jo.",
        ),
    ] {
        let mail = letter("", subject, text);
        assert_eq!(
            mail.verdicts.alone.class,
            Class::Human,
            "{subject} / {text}: {}",
            mail.verdicts.alone.evidence
        );
        assert_eq!(mail.verdicts.alone.returns_at, None);
    }
}

#[test]
fn requests_to_be_left_alone() {
    for text in [
        "Unsubscribe",
        "unsubscribe please.",
        "STOP",
        "Please remove me from your list.\n\nSent from my iPhone",
        "Take me off this list!",
        "Stop emailing me",
        "Bitte nehmen Sie mich aus dem Verteiler.",
        "Abmelden",
        "Merci de me désinscrire",
        "Por favor, denme de baja o elimínenme: no quiero recibir más correos",
        "Non desidero ricevere altre email",
        "Não quero receber mais e-mails",
        "Schrijf mij uit aub",
        "Proszę o wypisanie z listy",
        "Avregistrera mig",
        "Afmeld mig, tak",
        "Отпишите меня",
        "Beni listeden çıkarın",
        "配信停止をお願いします",
        "请退订",
        "Remove me.\n\nOn Mon, 3 Feb 2025 at 09:00, Us <us@own.test> wrote:\n> Long text\n> of ours",
    ] {
        let mail = letter("", "Re: Proposal", text);
        assert_eq!(mail.verdicts.alone.class, Class::Unsubscribe, "{text}: {}", mail.verdicts.alone.evidence);
        assert!(!mail.verdicts.alone.evidence.contains('\n'));
    }
    assert_eq!(letter("", "Unsubscribe", "").verdicts.alone.class, Class::Unsubscribe);
}

fn report(kind: &str, action: &str, returned: &str) -> Mail {
    must_read(format!(
        "From: Mail Delivery <mailer-daemon@mx.acme.test>\nTo: us@own.test\nAuto-Submitted: auto-replied\nSubject: Notice\n\
         Content-Type: multipart/report; report-type={kind}; boundary=x\n\n--x\n\nSee below.\n--x\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; Lead@Acme.test\nAction: {action}\nStatus: 5.1.1\n\n\
         --x\nContent-Type: {returned}\n\nMessage-ID: <sent@own.test>\nTo: lead@acme.test\nSubject: Hi\n\n--x--\n"
    ))
}

#[test]
fn delivery_reports() {
    for returned in ["message/rfc822", "text/rfc822-headers"] {
        let mail = report("delivery-status", "failed", returned);
        assert_eq!(mail.verdicts.alone.class, Class::Bounce);
        assert_eq!(mail.failed_recipients, ["lead@acme.test"]);
        assert_eq!(mail.bounced_ids, ["sent@own.test"]);
        assert_eq!(
            mail.verdicts.alone.evidence,
            "The delivery report says failed (Action: failed, Status: 5.1.1, lead@acme.test)"
        );
    }
    assert_eq!(report("delivery-status", "delayed", "message/rfc822").verdicts.alone.class, Class::Delayed);
    assert_eq!(report("delivery-status", "delivered", "message/rfc822").verdicts.alone.class, Class::Delayed);
    assert_eq!(report("\"\"", "failed", "message/rfc822").verdicts.alone.class, Class::Bounce);
}

#[test]
fn bounces_without_a_report() {
    let text = "Hi. This is the mail program at mx.acme.test.\n\n<lead@acme.test>:\n550 5.1.1 user unknown\n\n\
                --- Below this line is a copy of the message.\n\nReturn-Path: <us@own.test>\nMessage-ID:\n <sent@own.test>\nTo: lead@acme.test\n";
    for (headers, from, subject) in [
        ("", "MAILER-DAEMON@mx.acme.test", "failure notice"),
        ("", "postmaster@acme.test", "Undeliverable: Hi"),
        ("Return-Path: <>\n", "noreply@acme.test", "Mail delivery failed: returning message to sender"),
        ("Return-Path: <>\nAuto-Submitted: auto-replied\n", "system@acme.test", "Unzustellbar: Hallo"),
        ("X-Failed-Recipients: lead@acme.test\n", "mx@acme.test", "hello"),
        ("", "mailer-daemon@acme.test", "Hi there"),
    ] {
        let mail = must_read(format!("From: {from}\nTo: us@own.test\nSubject: {subject}\n{headers}\n{text}"));
        assert_eq!(
            mail.verdicts.alone.class,
            Class::Bounce,
            "{from} {subject}: {}",
            mail.verdicts.alone.evidence
        );
        assert_eq!(mail.failed_recipients, ["lead@acme.test"], "{subject}");
        assert_eq!(mail.bounced_ids, ["sent@own.test"], "{subject}");
    }
    let late = must_read(
        "From: mailer-daemon@a.test\nSubject: Warning: message 1 delayed 24 hours\n\nIt will be retried for <lead@acme.test>.",
    );
    assert_eq!(late.verdicts.alone.class, Class::Delayed);
    let lead = must_read(
        "From: postmaster@acme.test\nSubject: Your question\n\nThe old number does not exist any more. Call me.",
    );
    let from_lead = lead.verdicts.under(Circumstances { from_lead: true, prompt: false });
    assert_eq!(from_lead.class, Class::Human, "{}", from_lead.evidence);
    let human =
        must_read("From: postmaster@acme.test\nSubject: Re: your question\n\nYes, we can whitelist you.");
    assert_eq!(human.verdicts.alone.class, Class::Human);
}

#[test]
fn complaints_receipts_and_calendars() {
    let complaint = must_read(
        "From: fbl@isp.test\nSubject: complaint\nContent-Type: multipart/report; report-type=feedback-report; boundary=x\n\n--x\n\nspam\n--x\n\
         Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: <lead@acme.test>\n\n--x\nContent-Type: message/rfc822\n\n\
         Message-ID: <sent@own.test>\nTo: lead@acme.test\n\nHi\n--x--\n",
    );
    assert_eq!(complaint.verdicts.alone.class, Class::Feedback);
    assert_eq!(
        (complaint.failed_recipients, complaint.bounced_ids),
        (vec!["lead@acme.test".to_owned()], vec!["sent@own.test".to_owned()])
    );
    let receipt = must_read(
        "From: a@b.test\nContent-Type: multipart/report; report-type=disposition-notification; boundary=x\n\n--x\n\nread\n--x--\n",
    );
    assert_eq!(receipt.verdicts.alone.class, Class::Receipt);
    for (header, body, class) in [
        ("text/calendar; method=REPLY", "BEGIN:VCALENDAR", Class::Calendar),
        ("text/calendar", "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n", Class::Calendar),
        ("text/calendar; method=REQUEST", "BEGIN:VCALENDAR", Class::Human),
    ] {
        let mail = must_read(format!(
            "From: a@b.test\nSubject: Accepted: Call\nAuto-Submitted: auto-generated\nContent-Type: multipart/alternative; boundary=x\n\n--x\n\nYes\n--x\nContent-Type: {header}\n\n{body}\n--x--\n"
        ).replace("Auto-Submitted: auto-generated\n", if class == Class::Calendar { "Auto-Submitted: auto-generated\n" } else { "" }));
        assert_eq!(mail.verdicts.alone.class, class, "{header}");
    }
}

#[test]
fn what_we_sent_is_never_classified() {
    let mail =
        must_read("From: us@own.test\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nunsubscribe");
    assert_eq!(mail.verdicts.alone.class, Class::Human);
}

/// Mails by people that have signs of machines in them: under no circumstances taken for anything else.
#[test]
fn people_who_sound_like_machines_stay_people() {
    let mut wrong = Vec::new();
    for text in [
        "I'm out of the office until Thursday. Bob can show you round the plant before that, he's in cc.",
        "On annual leave until the 14th. When I'm back I'd like to see the demo.",
        "I'm on holiday, but my colleague Tom would love to hear more. His number is 0131 496 0000.",
        "No access to my laptop until Friday, so a short answer from the phone: it looks good.",
        "Out of office this week. Monday?",
        "I am away from my desk until 2 and will call you after that.",
        "We have received your email and discussed it. It is not what we are looking for this year.",
        "Your request has been forwarded to purchasing. They decide in December.",
        "Thank you for contacting us. We have no vans any more, so this is of no use to us.",
        "Bob has left the company. I took over his accounts and would like to keep the contract.",
        "My email address has changed, please use this one from now on. The order stands.",
        "This mailbox is not monitored any more, I saw your mail by chance. Write to me at home instead, the offer is good.",
        "Please do not reply to this address. My private one is ann@home.test, I am keen to talk.",
        "Our office is closed until Monday. We can start on Tuesday.",
        "I no longer work on freight. Please contact Jane, she does.",
        "I've been out of the office and only saw this now. Go ahead.",
        "Ich bin bis Freitag im Urlaub, meine Kollegin Frau Kern meldet sich bei Ihnen wegen der Preise.",
        "Bin diese Woche nicht im Büro. Schicken Sie die Unterlagen an meine Kollegin, sie entscheidet mit.",
        "Ihre Nachricht ist bei uns eingegangen und wurde im Team besprochen. Wir bleiben beim bisherigen Anbieter.",
        "Herr Roth ist nicht mehr bei uns. Ich habe seine Themen übernommen und finde den Vorschlag gut.",
        "Je suis en congé jusqu'à lundi, ma collègue Anne vous rappelle demain pour fixer une date.",
        "Nous avons bien reçu votre message et nous en avons parlé : le budget est fermé pour cette année.",
        "Je suis absente cette semaine mais le sujet est prioritaire pour nous, voyons-nous la semaine suivante.",
        "Estoy de vacaciones hasta el lunes, pero mi compañera Luz ya tiene tu propuesta y te escribe hoy.",
        "Hemos recibido su propuesta y la hemos comentado. De momento seguimos con nuestro proveedor.",
        "Sono in ferie fino a venerdì, però la proposta ci piace e ne parliamo con la direzione.",
        "Estou de férias até sexta, mas já encaminhei a proposta ao nosso diretor, ele decide.",
        "Ik ben met vakantie tot maandag, mijn collega Els neemt deze week contact op over de demo.",
        "Jestem na urlopie do piątku, ale koleżanka z zakupów już zna temat i się odezwie.",
        "Jag är på semester till fredag men min kollega Eva har fått ditt förslag och ringer dig.",
        "Я в отпуске до пятницы, но предложение переслал коллеге, она с вами свяжется.",
        "10日まで休暇をいただいておりますが、部下の佐藤が検討しておりますので、今週中に返答いたします。",
        "我这周出差，不过方案我看过了，下周回来我们再详谈。",
        "금요일까지 휴가입니다만 제안은 팀에서 검토 중입니다. 다음 주에 답을 드릴게요.",
        "Cuma gününe kadar izindeyim ama teklifinizi ekibe ilettim, sizi arayacaklar.",
        "Olen lomalla perjantaihin asti, mutta kollegani Aino palaa tähän huomenna hinnoista.",
        "Take me off the shared sheet, please. The rest is fine.",
        "Stop the trial on Friday, please.",
        "Please remove the second item from the list.",
        "Delete my old number, the new one is below.",
        "Unsubscribe our old domain from the trial, we moved.",
        "Please unsubscribe Tom, he left. I'd like to stay on.",
        "Remove me from this thread and add Jane.",
        "Bitte löschen Sie meine alte Adresse und schreiben Sie mir hier.",
        "Merci de retirer mon collègue de la boucle, il n'est plus chez nous.",
        "No me envíe el contrato todavía.",
        "Non mi scriva su questo indirizzo ma su quello privato.",
        "Não me envie a fatura antes de segunda.",
        "Stuur mij geen pdf maar een link.",
        "Skicka inga fler prover, vi har bestämt oss.",
        "Не пишите мне на этот адрес, пишите на рабочий.",
        "このアドレスの登録を解除して、新しいほうに資料をお送りください。",
        "请把我从抄送里删除，直接联系王经理。",
    ] {
        for subject in ["Re: Proposal", "Proposal"] {
            let mail = letter("", subject, text);
            for from_lead in [false, true] {
                for prompt in [false, true] {
                    let verdict = mail.verdicts.under(Circumstances { from_lead, prompt });
                    if verdict.class != Class::Human {
                        wrong.push(format!(
                            "{text} (at once: {prompt}): {:?}: {}",
                            verdict.class, verdict.evidence
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
