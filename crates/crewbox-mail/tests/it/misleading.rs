//! Mails by people that look like something else. Each must stay a person's under all circumstances.

use crewbox_core::message::{Circumstances, Class};

use crate::classes::letter;

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

/// Mails by people that a help desk, a rule or a list marked as a program's.
#[test]
fn people_behind_headers_of_programs_stay_people() {
    let mut wrong = Vec::new();
    for headers in [
        "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n",
        "Precedence: bulk\n",
        "Precedence: list\nList-Id: <all.acme.test>\n",
        "Auto-Submitted: auto-generated\nX-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\nResent-From: <b@acme.test>\n",
        "X-Loop: support@acme.test\nReturn-Path: <>\n",
    ] {
        for text in [
            "Thank you for contacting ACME. I have passed your offer to our buyer, she answers next week.",
            "We have received your request. The price is too high for us.",
            "Your ticket number is 4711. Our answer: we already have a supplier.",
            "Hello, this is Ben from support. Purchasing says no for now.",
            "I am on leave until Monday, then I will read the contract.",
            "Bob is on leave until Monday. I do his work and would like the price list.",
            "Bob no longer works here. I have his desk now. Send it to me.",
            "Wir haben Ihre Anfrage erhalten. Der Einkauf möchte ein Angebot für zehn Plätze.",
            "Ihr Anliegen wurde an den Einkauf gegeben. Dort besteht derzeit kein Bedarf.",
            "Nous avons bien reçu votre demande. Le service achats n'est pas preneur cette année.",
            "Hemos recibido su solicitud. El precio nos parece alto.",
            "Abbiamo ricevuto la sua richiesta. Il prezzo è troppo alto per noi.",
        ] {
            let mail = letter(headers, "Re: Proposal", text);
            for from_lead in [false, true] {
                for prompt in [false, true] {
                    let verdict = mail.verdicts.under(Circumstances { from_lead, prompt });
                    if verdict.class != Class::Human {
                        wrong.push(format!(
                            "{headers}{text} (at once: {prompt}): {:?}: {}",
                            verdict.class, verdict.evidence
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
        "My email address has changed, please use this one from now on. The order remains.",
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
        "Stop, wait, don't send it yet.",
        "Stop. I found a mistake in the order.",
        "Dur.",
        "T",
        "Opt out of what?",
        "No unsubscribe needed, we like it.",
        "I can't unsubscribe in your tool, is that a bug?",
        "Abmelden kann ich mich selbst, keine Sorge. Das Angebot bitte trotzdem.",
        "Désinscription de la formation : c'est fait. Pour le reste, on continue.",
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
