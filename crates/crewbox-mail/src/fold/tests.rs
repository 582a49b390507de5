//! Folds of short texts: the formats of mail programs, and text of the writer that looks like them.

use super::*;

fn shown(text: &str) -> String {
    let folds = folds(text);
    for pair in folds.windows(2) {
        assert!(pair[0].end <= pair[1].start, "{folds:?}");
    }
    new_text(text, &folds).trim().to_owned()
}

#[test]
fn attributions_fold_in_many_languages() {
    for attribution in [
        "On Mon, 3 Feb 2025 at 10:00, Ann Lee <ann@a.test> wrote:",
        "On 2025-02-03 10:00, Ann Lee wrote:",
        "On Mon, 3 Feb 2025, Ann Lee wrote:",
        "Ann Lee <ann@a.test> writes:",
        "Ann Lee <ann@a.test> írta:",
        "On Mon, Feb 03, 2025 at 10:00:00AM +0100, Ann Lee wrote:",
        "On Monday, 3 February 2025 10:00:00 CET Ann Lee wrote:",
        "On Monday, February 3rd, 2025 at 10:00 AM, Ann Lee <ann@a.test> wrote:",
        "On 3 Feb 2025 at 10:00 +0100, Ann Lee <ann@a.test>, wrote:",
        "On Mon, Feb 3, 2025 at 10:00 AM , Ann Lee <ann@a.test> wrote:",
        "On February 3, 2025, Ann Lee <ann@a.test> wrote:",
        "Ann Lee <ann@a.test> wrote on 03.02.2025 10:00:00:",
        "At 2025-02-03 10:00:00, \"Ann Lee\" <ann@a.test> wrote:",
        "---- On Mon, 03 Feb 2025 10:00:00 +0100 Ann Lee <ann@a.test> wrote ----",
        "---- On Mon, 03 Feb 2025 10:00:00 +0100 Ann Lee\n<ann@a.test> wrote ---",
        ">>> Ann Lee <ann@a.test> 03.02.25 10:00 >>>",
        "Am 03.02.2025 um 10:00 schrieb Ann Lee <ann@a.test>:",
        "Am Mo., 3. Feb. 2025 um 10:00 Uhr schrieb Ann Lee <\nann@a.test>:",
        "Le lun. 3 févr. 2025 à 10:00, Ann Lee <ann@a.test> a écrit :",
        "El lun, 3 feb 2025 a las 10:00, Ann Lee (<ann@a.test>) escribió:",
        "Il giorno lun 3 feb 2025 alle ore 10:00 Ann Lee <ann@a.test> ha\nscritto:",
        "Em seg., 3 de fev. de 2025 às 10:00, Ann Lee <ann@a.test>\nescreveu:",
        "Ann Lee <ann@a.test> escreveu (segunda, 3/02/2025 à(s)\n10:00):",
        "Op ma 3 feb 2025 om 10:00 schreef Ann Lee <ann@a.test>:",
        "Op 3 feb 2025 om 10:00 heeft Ann Lee <ann@a.test> het volgende geschreven:",
        "W dniu 3.02.2025 o 10:00, Ann Lee napisał(a):",
        "Den mån 3 feb. 2025 kl 10:00 skrev Ann Lee <ann@a.test>:",
        "ma 3. helmik. 2025 klo 10.00 Ann Lee (ann@a.test) kirjoitti:",
        "po 3. 2. 2025 v 10:00 odesílatel Ann Lee <ann@a.test> napsal:",
        "Ann Lee <ann@a.test> ezt írta (időpont: 2025. febr. 3., H,\n10:00):",
        "În lun., 3 feb. 2025 la 10:00, Ann Lee <ann@a.test> a\nscris:",
        "пн, 3 февр. 2025 г. в 10:00, Ann Lee <ann@a.test>:",
        "Понедельник, 3 февраля 2025, 10:00 +03:00 от Ann Lee <ann@a.test>:",
        "03.02.2025, 10:00, \"Ann Lee\" <ann@a.test>:",
        "Ann Lee <ann@a.test>, 3 Şub 2025 Pzt, 10:00 tarihinde şunu yazdı:",
        "Στις Δευ 3 Φεβ 2025 στις 10:00 π.μ., ο χρήστης Ann Lee <ann@a.test>\nέγραψε:",
        "בתאריך יום ב׳, 3 בפבר׳ 2025 ב-10:00 מאת Ann Lee <\u{200f}ann@a.test\u{200f}>:\u{200f}",
        "في الاثنين، 3 فبراير 2025 في 10:00 ص تمت كتابة ما يلي بواسطة Ann Lee\n<ann@a.test>:",
        "2025年2月3日(月) 10:00 Ann Lee <ann@a.test>:",
        "2025/02/03 10:00、Ann Lee <ann@a.test>のメール:",
        "Ann Lee <ann@a.test> 于2025年2月3日周一 10:00写道\u{ff1a}",
        "2025년 2월 3일 (월) 오전 10:00, Ann Lee <ann@a.test>님이 작성:",
        "Vào Th 2, 3 thg 2, 2025 vào lúc 10:00 Ann Lee <ann@a.test>\nđã viết:",
        "On Mon, 3 Feb 2025 at 10:00, Somebody With A Long Name\n<ann@a.test> wrote:",
        "On Mon, 3 Feb 2025\nat 10:00, Somebody With A Long Name\n<ann@a.test>\nwrote:",
    ] {
        assert_eq!(
            shown(&format!("Yes, fine.\n\n{attribution}\n> old\n>\n> more\n")),
            "Yes, fine.",
            "{attribution}"
        );
        assert_eq!(shown(&format!("Yes, fine.\n\n{attribution}\n\nold\n")), "Yes, fine.", "{attribution}");
        assert_eq!(shown(&format!("Yes, fine.\n{attribution}\n\nold\n")), "Yes, fine.", "{attribution}");
    }
}

#[test]
fn header_blocks_and_separators_fold_to_the_end() {
    for block in [
        "From: Ann <a@a.test>\nSent: Monday\nTo: Bob\nSubject: x\n\nold",
        "*From:* Ann <a@a.test>\n*Date:* Monday\n*To:* Bob\n*Subject:* x\n\nold",
        "________________________________\nVon: Ann\nGesendet: Montag\nAn: Bob\nBetreff: x\n\nalt",
        "Gesendet: Montag, 3. Februar 2025 um 10:00 Uhr\nVon: \"Ann\" <a@a.test>\nAn: Bob\nBetreff: x\n\nalt",
        "-----Original Message-----\nFrom: Ann\n\nold",
        "-----Ursprüngliche Nachricht-----\nVon: Ann\n\nalt",
        "-----Original-Nachricht-----\nBetreff: x\nDatum: 2025-02-03\nVon: Ann\n\nalt",
        "------- Original Message -------\nOn Monday, February 3rd, 2025 at 10:00 AM, Ann <a@a.test> wrote:\n\nold",
        "De : Ann\nEnvoyé : lundi\nÀ : Bob\nObjet : x\n\nvieux",
        "Feladó: Ann\nElküldve: 2025. február 3.\nCímzett: Bob\nTárgy: x\n\nrégi",
        "差出人: Ann\n送信日時: 2025年2月3日\n宛先: Bob\n件名: x\n\n前",
        "发件人\u{ff1a} Ann\n发送时间\u{ff1a} 2025-02-03\n收件人\u{ff1a} Bob\n主题\u{ff1a} x\n旧",
        "---- 回复的原邮件 ----\n| 发件人 | Ann<a@a.test> |\n| 发送日期 | 2025年2月3日 10:00 |\n\n旧",
        "------------------&nbsp;原始邮件&nbsp;------------------\n发件人: \"Ann\" <a@a.test>;\n\n旧",
        "---------- Původní e-mail ----------\nOd: Ann <a@a.test>\nDatum: 3. 2. 2025\n\nstarý",
        "From: Ann <a@a.test>\nSent: Monday\nTo: Bob <b@b.test>; Cid <c@c.test>;\n Dee <d@d.test>\nSubject: x\n\nold",
        "_____________\nAvsendare: Ann <a@a.test>\nTidpunkt: 2025-02-03 10:00\nRubrik: x\n\nold",
        "Begin doorgestuurd bericht:\n\nFrom: Ann <a@a.test>\nSubject: x\n\noud",
        "##- Please type your reply above this line -##\n\nold",
        "Message du 03/02/25 10:00\nDe : \"Ann\" <a@a.test>\nA : b@b.test\nCopie à :\nObjet : x\n\nvieux",
        "========================================\nMessage du : 03/02/2025 10:00\nDe : Ann <a@a.test>\nObjet : x\n\nvieux",
        "----------------\nКому: Bob (b@b.test);\nТема: x;\n03.02.2025, 10:00, \"Ann\" <a@a.test>:\n> old",
    ] {
        assert_eq!(shown(&format!("Sure.\n\n{block}\n")), "Sure.", "{block}");
    }
}

#[test]
fn the_opening_takes_all_its_lines_into_the_fold() {
    let text = "Sure.\n\n________________\n\nVon: Ann\nGesendet: Montag\nAn: Bob\nBetreff: x\n\nalt\n";
    let folds = folds(text);
    assert_eq!(folds.len(), 1);
    assert_eq!(&text[..folds[0].start as usize], "Sure.\n\n");
    assert_eq!(folds[0].end as usize, text.len());
}

#[test]
fn signatures_and_footers_fold() {
    for (text, new) in [
        ("Hi\n-- \nAnn Lee\nACME\n", "Hi"),
        ("Hi\n-- \nAnn Lee\n\nPS: call me on Monday\n", "Hi\n\nPS: call me on Monday"),
        ("Hi\n--\nBut what about Monday?\nAnd Tuesday?\n", "Hi\n--\nBut what about Monday?\nAnd Tuesday?"),
        (
            "Hi\n_______________________________________\ntravel mailing list\ntravel@lists.test\nhttps://lists.test/travel\n",
            "Hi",
        ),
        ("Hi\n\nSent from my iPhone\n\n> old\n", "Hi"),
        ("Hi\n\nSent from my iPhone\n\nOh, and call me.\n", "Hi\n\n\nOh, and call me."),
        ("Hi\n\nGesendet mit der GMX Mail App\n", "Hi"),
        ("Hi\n\niPhoneから送信\n", "Hi"),
        ("Hi\n\nGet Outlook for iOS<https://aka.test/o>\n", "Hi"),
        ("Please call.\n\nBest regards,\nAnn Lee\nSales\nPhone 123 456\n", "Please call."),
        ("Gern.\n\nMit freundlichen Grüßen\n\nAnna Maria Lenz\nLenz GmbH\n", "Gern."),
        (
            "Call me.\n\nThis message is confidential and intended for the addressee only. If you got it by mistake, delete it.\n",
            "Call me.",
        ),
        (
            "Call me.\n\nYou receive this email because you are a contact of ACME. Unsubscribe: https://acme.test/u\n",
            "Call me.",
        ),
        (
            "Call me.\n\nAnn Lee\nACME\n\nFrom: Bob <b@b.test>\nSent: Monday\nTo: Ann Lee <ann@a.test>\nSubject: x\n\nold\n",
            "Call me.",
        ),
    ] {
        assert_eq!(shown(text), new, "{text}");
    }
    let from = Address { name: "Lee, Ann".to_owned(), email: "sales@a.test".to_owned() };
    let text = "Call me.\n\nAnn Lee\nACME\n";
    assert_eq!(new_text(text, &folds_of(text, &[], &from)).trim(), "Call me.");
}

#[test]
fn what_the_writer_wrote_stays() {
    for text in [
        // Lists and shipments look like headers.
        "Please quote:\nFrom: Hamburg\nTo: Porto\nDate: 10 November\nThanks",
        "From: Hamburg\nDate: 10.11.2026\nTo: Porto, Lea <lea@a.test>",
        // Sentences look like attributions.
        "She wrote a book: see below\nText",
        "On 3 November 2026 at 10:00 we meet Ann Lee <ann@a.test>, so:\n\nbring the papers",
        "As Ann wrote: we need more.\n\nAnd soon.",
        "Your site says\n\n> free collection\n\nIs that true?",
        "Which do you mean?\n> fast\n> cheap\nWe need both.",
        ">From next week on we are closed.",
        "We have\n>50 seats\nin the hall.",
        "Ann wrote to ann@a.test, and this is what she wrote:\n\nbring the papers",
        "On Monday, Ann Lee wrote:\n\nbring the papers",
        // A rule between sentences looks like the start of a signature.
        "Short answer: yes.\n--\nLonger answer: only if the old system works.",
        // Sentences look like footers and closings.
        "Hi,\n\nsent from the warehouse in Hamburg by truck.\n\nOK?",
        "Habe ich gestern von meinem iPhone gesendet",
        "Thanks",
        "Best,\nAnn",
        "That is best\nCall me on Monday",
        "Thanks\nPlease call me on Monday, I am in until five",
        "Please ask my colleague.\n\nAnn Lee\nann@a.test\n040 1234567",
        "This message is confidential and intended for the addressee only. If you got it by mistake, delete it.",
        // Answers in an unmarked quote.
        "See my answers in red.\n\nFrom: Ann <a@a.test>\nSent: Monday\nTo: Bob\nSubject: x\n\nShall we?\nYes, on Monday.",
        // Nothing but a quote.
        "> only this\n> and that",
        "From: Ann\nSent: x\nTo: y\nSubject: z\n\nforwarded",
        "Tom> hi\nAnn> hi\nTom> bye",
    ] {
        assert_eq!(shown(text), text.trim(), "{text}");
    }
}

#[test]
fn answers_between_and_below_stay() {
    for (text, new) in [
        ("> a?\nYes.\n> b?\nNo.\n", "Yes.\nNo."),
        ("On 3.2.2025 10:00, Ann wrote:\n> a?\n\nYes.\n\n> b?\n\nNo.\n", "Yes.\n\n\nNo."),
        ("On 3.2.2025 10:00, Ann wrote:\n| a?\n\nYes.\n\n| b?\n\nNo.\n", "Yes.\n\n\nNo."),
        ("Yes.\n\nOn Mon, Feb 3, Ann Lee\n<ann@a.test>\nwrote:\n> old\n", "Yes."),
        ("AL> a?\n\nYes.\n\nAL> b?\n\nNo.\n", "Yes.\n\n\nNo."),
        ("Ann Lee <ann@a.test> writes:\n\n> old\n\nBelow.\n-- \nBob\n", "Below."),
        (
            "-----Original Message-----\nFrom: Ann <a@a.test>\nSent: Monday\nTo: Bob\nSubject: x\n\n> old\n\nBelow.\n",
            "Below.",
        ),
    ] {
        assert_eq!(shown(text), new, "{text}");
    }
}

#[test]
fn what_was_written_is_empty_if_a_mail_only_quotes() {
    let text = "Sent from my Galaxy\n\n-------- Original message --------\nFrom: Ann <a@a.test>\nDate: x\n\nreply STOP\n";
    assert!(folds(text).iter().all(|fold| fold.kind == FoldKind::Signature));
    assert_eq!(written(text, &folds(text)).trim(), "");
    let pasted = "I got only this:\n\n> I am out of the office.\n\nWhat is the price?\n";
    assert_eq!(shown(pasted), pasted.trim());
    assert_eq!(written(pasted, &folds(pasted)).trim(), "I got only this:\n\n\nWhat is the price?");
    assert_eq!(written("Yes\n\n> old\n", &folds("Yes\n\n> old\n")).trim(), "Yes");
}

#[test]
fn offsets_are_bytes_at_character_borders() {
    let text = "éé\n> über\n日本\n> x\n";
    let folds = folds(text);
    assert_eq!((folds[0].start, folds[0].end), (5, 13));
    assert!(text.is_char_boundary(13));
}
