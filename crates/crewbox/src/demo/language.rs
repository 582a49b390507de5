//! What people write, by language: names, openings, answers, absences. `{first}`, `{company}` and `{sender}` are
//! filled in; a name with another Latin spelling for its address is written `name/spelling`.

/// One language's people and texts.
pub(super) struct Language {
    /// How often it is drawn.
    pub(super) weight: u32,
    pub(super) first: &'static [&'static str],
    pub(super) last: &'static [&'static str],
    /// Where people live.
    pub(super) places: &'static [&'static str],
    /// What a phone number begins with, and how many there are, where numbers are set aside for made-up people.
    pub(super) phone: Option<(&'static str, u32)>,
    /// Subject and body of a first mail.
    pub(super) opening: (&'static str, &'static [&'static str]),
    pub(super) follow_up: &'static str,
    pub(super) interested: &'static [&'static str],
    pub(super) question: &'static [&'static str],
    pub(super) refusal: &'static [&'static str],
    pub(super) wrong_person: &'static str,
    pub(super) answer: &'static str,
    pub(super) thanks: &'static str,
    /// Subject and body of an absence note.
    pub(super) away: (&'static str, &'static str),
    pub(super) stop: &'static str,
    /// Above a quote; `{date}` and `{name}`.
    pub(super) attribution: &'static str,
    pub(super) closing: &'static str,
}

pub(super) const LANGUAGES: &[Language] = &[
    Language {
        weight: 48,
        first: &[
            "Emma", "James", "Olivia", "Noah", "Grace", "Liam", "Chloe", "Ethan", "Ruby", "Owen", "Aisha",
            "Priya", "Marcus", "Hannah",
        ],
        last: &[
            "Walker",
            "Bennett",
            "Hughes",
            "Carter",
            "O'Neill",
            "Patel",
            "Morgan",
            "Fletcher",
            "Khan",
            "Sullivan",
            "Brooks",
            "Whitfield",
        ],
        places: &["London", "Manchester", "Leeds", "Dublin", "Bristol"],
        phone: Some(("+44 20 7946 0", 1_000)),
        opening: (
            "Shared inbox at {company}?",
            &[
                "Hi {first},\n\nI saw that {company} is hiring three more people in sales. When a team doubles, replies start to get answered twice or not at all.\n\nWould a short call on Thursday be of use? I can show how others keep one owner per conversation.",
                "Hello {first},\n\nhow does {company} decide who answers a reply to a campaign today? Most teams we meet forward them by hand.\n\nIf that sounds familiar, I would gladly show you another way; fifteen minutes are enough.",
            ],
        ),
        follow_up: "Hi {first},\n\njust a short note in case my last mail came at a bad moment. Is there somebody else at {company} I should rather ask?",
        interested: &[
            "Hi {sender},\n\ngood timing, we have been talking about exactly this. Thursday at 3 pm would work for me. Could you send an invite to me and to our ops lead?",
            "Thanks for reaching out. Sounds interesting, happy to take a look. What does a pilot usually involve?",
            "Sure, let's talk. Next week is better though, this one is full of board meetings.",
        ],
        question: &[
            "Hi {sender},\n\nbefore we talk: what does it cost for a team of twelve, and where is the data kept? Our legal team will ask both.",
            "Does this work with mailboxes on our own server, or only with the large providers?",
        ],
        refusal: &[
            "Thanks, but we are settled with what we have until the end of next year.",
            "Not a priority for us right now. Please do try again in spring.",
        ],
        wrong_person: "Hi {sender}, I have moved to the finance team. For this you would want to speak to our head of sales.",
        answer: "Hi {first},\n\nthank you for the quick answer. Attached is a one-page overview; the short version is: twelve seats are one flat price, and all data stays on your own server.\n\nDoes Wednesday at 10 work?",
        thanks: "Perfect, Wednesday at 10 works. Talk then!",
        away: (
            "Automatic reply: {subject}",
            "Thank you for your message. I am out of the office until {return} with limited access to email. For urgent matters please contact our team assistant.",
        ),
        stop: "Please remove me from your list and do not contact me again.",
        attribution: "On {date}, {name} wrote:",
        closing: "Best regards",
    },
    Language {
        weight: 16,
        first: &[
            "Jürgen/Juergen",
            "Sabine",
            "Lukas",
            "Anneliese",
            "Matthias",
            "Katharina",
            "Björn/Bjoern",
            "Friederike",
            "Sören/Soeren",
        ],
        last: &[
            "Müller/Mueller",
            "Schäfer/Schaefer",
            "Weiß/Weiss",
            "Krüger/Krueger",
            "Hoffmann",
            "Lindemann",
            "Vogt",
            "Bergmann",
        ],
        places: &["Berlin", "Hamburg", "München", "Wien", "Zürich"],
        phone: Some(("+49 30 23125 ", 1_000)),
        opening: (
            "Gemeinsamer Posteingang bei {company}?",
            &[
                "Guten Tag {first},\n\nauf Ihrer Website habe ich gesehen, dass {company} das Vertriebsteam ausbaut. Spätestens ab fünf Personen wird die Frage wichtig, wer welche Antwort übernimmt.\n\nDarf ich Ihnen in einer Viertelstunde zeigen, wie andere Teams das lösen?",
            ],
        ),
        follow_up: "Guten Tag {first},\n\nich wollte nur kurz nachfragen, ob meine letzte Nachricht angekommen ist. Wer wäre sonst bei {company} zuständig?",
        interested: &[
            "Guten Tag,\n\ndas klingt spannend. Am Donnerstag um 14 Uhr hätte ich Zeit. Schicken Sie mir gern einen Link für den Termin.",
            "Vielen Dank für Ihre Nachricht. Wir suchen tatsächlich gerade etwas in dieser Richtung. Können wir nächste Woche telefonieren?",
        ],
        question: &[
            "Guten Tag,\n\nwo werden die Daten gespeichert, und gibt es einen Auftragsverarbeitungsvertrag? Ohne diesen brauchen wir gar nicht erst anzufangen.",
        ],
        refusal: &[
            "Vielen Dank, aber wir haben keinen Bedarf.",
            "Danke für das Angebot, wir sind bereits gut versorgt.",
        ],
        wrong_person: "Guten Tag, dafür bin ich leider nicht zuständig. Bitte wenden Sie sich an unsere Vertriebsleitung.",
        answer: "Guten Tag {first},\n\nvielen Dank für die schnelle Antwort. Alle Daten bleiben auf Ihrem eigenen Server, der Vertrag liegt bei.\n\nPasst Ihnen Mittwoch um 10 Uhr?",
        thanks: "Mittwoch um 10 Uhr passt gut. Bis dann!",
        away: (
            "Abwesenheitsnotiz: {subject}",
            "Vielen Dank für Ihre Nachricht. Ich bin bis zum {return} nicht im Büro. Ihre E-Mail wird nicht weitergeleitet. In dringenden Fällen wenden Sie sich bitte an unsere Zentrale.",
        ),
        stop: "Bitte nehmen Sie mich aus Ihrem Verteiler und schreiben Sie mir nicht mehr.",
        attribution: "Am {date} schrieb {name}:",
        closing: "Mit freundlichen Grüßen",
    },
    Language {
        weight: 10,
        first: &[
            "Chloé/Chloe",
            "Étienne/Etienne",
            "Manon",
            "Jérôme/Jerome",
            "Amélie/Amelie",
            "Benoît/Benoit",
            "Solène/Solene",
        ],
        last: &["Lefèvre/Lefevre", "Moreau", "Garnier", "Bélanger/Belanger", "Rousseau", "Chevalier"],
        places: &["Lyon", "Paris", "Nantes", "Lille"],
        phone: Some(("+33 1 99 00 ", 10_000)),
        opening: (
            "Une boîte de réception commune chez {company} ?",
            &[
                "Bonjour {first},\n\nquand une équipe commerciale grandit, les réponses des prospects se perdent vite. Chez {company}, qui décide aujourd’hui de qui répond à quoi ?\n\nJe vous montrerais volontiers en un quart d’heure comment d’autres équipes s’organisent.",
            ],
        ),
        follow_up: "Bonjour {first},\n\nje me permets de revenir vers vous au cas où mon message vous aurait échappé.",
        interested: &[
            "Bonjour,\n\nmerci pour votre message, le sujet nous intéresse. Êtes-vous disponible jeudi à 15 h ?",
            "Avec plaisir, appelons-nous la semaine prochaine.",
        ],
        question: &[
            "Bonjour,\n\nquel est le tarif pour une équipe de dix personnes, et où sont hébergées les données ?",
        ],
        refusal: &[
            "Merci, mais ce n’est pas d’actualité pour nous.",
            "Nous avons déjà une solution qui nous convient. Bonne continuation.",
        ],
        wrong_person: "Bonjour, je ne suis pas la bonne personne. Je vous suggère d’écrire à notre directrice commerciale.",
        answer: "Bonjour {first},\n\nmerci pour votre retour. Les données restent sur votre propre serveur et le tarif est forfaitaire.\n\nMercredi à 10 h vous conviendrait-il ?",
        thanks: "Parfait pour mercredi à 10 h. À bientôt !",
        away: (
            "Réponse automatique : {subject}",
            "Bonjour, je suis absente du bureau jusqu’au {return}. En cas d’urgence, merci de contacter l’accueil.",
        ),
        stop: "Merci de me désinscrire de votre liste et de ne plus me contacter.",
        attribution: "Le {date}, {name} a écrit :",
        closing: "Bien cordialement",
    },
    Language {
        weight: 8,
        first: &["Lucía/Lucia", "Álvaro/Alvaro", "Íñigo/Inigo", "Carmen", "Begoña/Begona", "Mateo"],
        last: &["Núñez/Nunez", "García/Garcia", "Ibáñez/Ibanez", "Romero", "Peña/Pena"],
        places: &["Madrid", "Valencia", "Bilbao", "Sevilla"],
        phone: None,
        opening: (
            "¿Una bandeja compartida en {company}?",
            &[
                "Hola {first}:\n\n¿cómo se reparte hoy el equipo de {company} las respuestas a las campañas? Muchas veces dos personas contestan lo mismo, o nadie.\n\n¿Le vendría bien una llamada breve el jueves?",
            ],
        ),
        follow_up: "Hola {first}:\n\nsolo quería saber si pudo ver mi mensaje anterior.",
        interested: &[
            "Hola:\n\nme interesa. El jueves a las 16:00 me viene bien. ¿Me envía la invitación?",
            "Gracias por escribir, justo estábamos buscando algo así.",
        ],
        question: &[
            "Hola:\n\n¿cuánto cuesta para un equipo de ocho personas? ¿Se integra con nuestro servidor de correo?",
        ],
        refusal: &["Gracias, pero de momento no nos interesa."],
        wrong_person: "Hola, yo no llevo este tema. Escriba por favor a nuestra directora comercial.",
        answer: "Hola {first}:\n\ngracias por su respuesta. El precio es único por equipo y los datos no salen de su servidor.\n\n¿Le viene bien el miércoles a las 10?",
        thanks: "El miércoles a las 10, perfecto. ¡Hasta entonces!",
        away: (
            "Respuesta automática: {subject}",
            "Estoy fuera de la oficina hasta el {return}. Responderé a su mensaje a mi regreso.",
        ),
        stop: "Por favor, denme de baja de su lista.",
        attribution: "El {date}, {name} escribió:",
        closing: "Un saludo",
    },
    Language {
        weight: 6,
        first: &["Giulia", "Niccolò/Niccolo", "Beatrice", "Tommaso"],
        last: &["Rinaldi", "Colombo", "De Santis", "Ferrara"],
        places: &["Milano", "Torino", "Bologna"],
        phone: None,
        opening: (
            "Una casella condivisa in {company}?",
            &[
                "Buongiorno {first},\n\nin {company} chi decide oggi chi risponde a ogni messaggio delle campagne? Se capita che rispondano in due, o nessuno, forse posso esserle utile.\n\nAvrebbe un quarto d’ora giovedì?",
            ],
        ),
        follow_up: "Buongiorno {first},\n\nle scrivo solo per sapere se ha visto il mio messaggio precedente.",
        interested: &[
            "Buongiorno,\n\nmolto volentieri. Giovedì alle 15 per me va bene.",
            "Grazie, l’argomento ci interessa. Sentiamoci la prossima settimana.",
        ],
        question: &[
            "Buongiorno,\n\ndove vengono conservati i dati? E quanto costa per un team di dieci persone?",
        ],
        refusal: &["Grazie, ma al momento non siamo interessati."],
        wrong_person: "Buongiorno, non sono la persona giusta: provi con il nostro responsabile vendite.",
        answer: "Buongiorno {first},\n\ngrazie della risposta. I dati restano sul vostro server e il prezzo è unico.\n\nMercoledì alle 10 può andare?",
        thanks: "Mercoledì alle 10 va benissimo. A presto!",
        away: (
            "Risposta automatica: {subject}",
            "Sono fuori ufficio fino al {return}. Risponderò al mio rientro.",
        ),
        stop: "Vi prego di cancellarmi dalla vostra lista.",
        attribution: "Il {date}, {name} ha scritto:",
        closing: "Cordiali saluti",
    },
    Language {
        weight: 5,
        first: &["Małgorzata/Malgorzata", "Łukasz/Lukasz", "Zofia", "Paweł/Pawel"],
        last: &["Wiśniewska/Wisniewska", "Zieliński/Zielinski", "Kowalczyk", "Wójcik/Wojcik"],
        places: &["Kraków", "Gdańsk", "Warszawa"],
        phone: None,
        opening: (
            "Wspólna skrzynka w {company}?",
            &[
                "Dzień dobry {first},\n\njak w {company} dzielicie dziś odpowiedzi na kampanie? Często dwie osoby odpisują na to samo albo nikt.\n\nCzy w czwartek znalazłby się kwadrans na krótką rozmowę?",
            ],
        ),
        follow_up: "Dzień dobry {first},\n\nchciałem tylko zapytać, czy poprzednia wiadomość dotarła.",
        interested: &["Dzień dobry,\n\nchętnie porozmawiam. Czwartek o 14:00 mi odpowiada."],
        question: &[
            "Dzień dobry,\n\nile to kosztuje dla zespołu dziesięciu osób i gdzie są przechowywane dane?",
        ],
        refusal: &["Dziękuję, obecnie nie jesteśmy zainteresowani."],
        wrong_person: "Dzień dobry, to nie moja działka. Proszę napisać do dyrektora sprzedaży.",
        answer: "Dzień dobry {first},\n\ndziękuję za odpowiedź. Dane zostają na Państwa serwerze, a cena jest stała.\n\nCzy środa o 10:00 pasuje?",
        thanks: "Środa o 10:00 pasuje. Do usłyszenia!",
        away: ("Automatyczna odpowiedź: {subject}", "Jestem poza biurem do {return}. Odpowiem po powrocie."),
        stop: "Proszę o usunięcie mojego adresu z listy mailingowej.",
        attribution: "{date} {name} napisał(a):",
        closing: "Pozdrawiam",
    },
    Language {
        weight: 4,
        first: &["Sanne", "Joris", "Femke", "Ruben"],
        last: &["de Vries", "Jansen", "van den Berg", "Bakker"],
        places: &["Utrecht", "Rotterdam", "Gent"],
        phone: None,
        opening: (
            "Een gedeelde inbox bij {company}?",
            &[
                "Beste {first},\n\nhoe verdelen jullie bij {company} de antwoorden op campagnes? Vaak reageren twee collega’s tegelijk, of niemand.\n\nHeb je donderdag een kwartier?",
            ],
        ),
        follow_up: "Beste {first},\n\nheb je mijn vorige bericht gezien?",
        interested: &["Hoi,\n\nklinkt goed. Donderdag om 15:00 past mij."],
        question: &["Hoi,\n\nwaar worden de gegevens opgeslagen en wat kost het voor tien mensen?"],
        refusal: &["Bedankt, maar we hebben geen interesse."],
        wrong_person: "Hoi, ik ga hier niet over. Mail liever onze salesmanager.",
        answer: "Beste {first},\n\nbedankt voor je antwoord. Alle gegevens blijven op jullie eigen server.\n\nSchikt woensdag om 10 uur?",
        thanks: "Woensdag om 10 uur is prima. Tot dan!",
        away: (
            "Automatisch antwoord: {subject}",
            "Ik ben afwezig tot {return}. Na mijn terugkeer beantwoord ik je bericht.",
        ),
        stop: "Gelieve mij uit te schrijven van deze mailinglijst.",
        attribution: "Op {date} schreef {name}:",
        closing: "Met vriendelijke groet",
    },
    Language {
        weight: 3,
        first: &["陽子/yoko", "健太/kenta", "美咲/misaki", "大輔/daisuke"],
        last: &["佐藤/sato", "鈴木/suzuki", "高橋/takahashi", "渡辺/watanabe"],
        places: &["東京", "大阪", "福岡"],
        phone: None,
        opening: (
            "{company} の共有受信トレイについて",
            &[
                "{first} 様\n\n突然のご連絡失礼いたします。{company} ではキャンペーンへの返信をどのように分担されていますか。\n\n木曜日に十五分ほどお時間をいただけますでしょうか。",
            ],
        ),
        follow_up: "{first} 様\n\n先日のメールはご覧いただけましたでしょうか。",
        interested: &[
            "ご連絡ありがとうございます。ぜひ詳しくお聞かせください。木曜日の15時はいかがでしょうか。",
        ],
        question: &["ご連絡ありがとうございます。十名の場合の料金と、データの保存場所を教えてください。"],
        refusal: &["恐れ入りますが、現在は検討しておりません。"],
        wrong_person: "担当が異なりますので、営業部長へご連絡ください。",
        answer: "{first} 様\n\nご返信ありがとうございます。データはすべて貴社のサーバーに保存されます。\n\n水曜日の10時はいかがでしょうか。",
        thanks: "水曜日の10時で問題ございません。よろしくお願いいたします。",
        away: ("自動返信: {subject}", "ただいま不在にしております。{return} に戻り次第、ご連絡いたします。"),
        stop: "配信停止をお願いいたします。",
        attribution: "{date} {name}:",
        closing: "よろしくお願いいたします",
    },
];
