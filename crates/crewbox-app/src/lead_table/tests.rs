//! Whole tables, as programs and people write them.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;

fn rows(text: &str) -> Vec<Row> {
    Rows::new(text, Layout::find(text).unwrap_or_else(|why| panic!("{why}: {text}"))).collect()
}

fn read(text: &str) -> Vec<Result<LeadFields, String>> {
    rows(text).into_iter().map(|row| row.lead).collect()
}

fn one(text: &str) -> LeadFields {
    let mut all = read(text);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0).unwrap_or_else(|why| panic!("{why}: {text}"))
}

fn emails(text: &str) -> Vec<String> {
    rows(text).into_iter().filter_map(|row| Some(row.lead.ok()?.email)).collect()
}

fn bad(text: &str) -> Vec<u64> {
    rows(text).iter().filter(|row| row.lead.is_err()).map(|row| row.number).collect()
}

/// A program's export: its header and one row, and what comes of it.
struct Export {
    text: &'static str,
    first: &'static str,
    last: &'static str,
    company: &'static str,
    phone: &'static str,
}

const EXPORTS: &[Export] = &[
    Export {
        text: "First Name,Middle Name,Last Name,Organization Name,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value\n\
               Eva,M.,Koch,K Ltd,* myContacts,* Work,eva@k.example,Home,eva2@k.example,Mobile,+49 1\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "Name,Given Name,Family Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Name\n\
               Eva Koch,Eva,Koch,* My Contacts,* ,eva@k.example ::: eva2@k.example,Work,+49 1,K Ltd\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "\"Title\",\"First Name\",\"Last Name\",\"Company\",\"Business Phone\",\"E-mail Address\",\"E-mail Type\",\"E-mail 2 Address\"\r\n\
               \"\",\"Eva\",\"Koch\",\"K Ltd\",\"+49 1\",\"eva@k.example\",\"SMTP\",\"\"\r\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "Vorname;Nachname;Firma;Telefon (geschäftlich);E-Mail-Adresse;E-Mail-Typ\nEva;Koch;K Ltd;+49 1;eva@k.example;SMTP\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "First name,Last name,Company,Phone (Mobile),Email (Home),Email (Work)\nEva,Koch,K Ltd,+49 1,eva2@k.example,eva@k.example\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Associated Company\n7,Eva,Koch,eva@k.example,+49 1,Ana,K Ltd\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "Person - Name,Person - Organization,Person - Email - Work,Person - Email - Home,Person - Phone - Work\nEva Koch,K Ltd,eva@k.example,,+49 1\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "\"First Name\",\"Last Name\",\"Account Name\",\"Title\",\"Phone\",\"Email\",\"Mailing City\"\n\"Eva\",\"Koch\",\"K Ltd\",\"Buyer\",\"+49 1\",\"eva@k.example\",\"Bonn\"\n\"\",\"\",\"\",\"\",\"\",\"\",\"\"\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "Notes:\n\"Some email addresses are missing, since not everybody shows theirs.\"\n\nFirst Name,Last Name,URL,Email Address,Company,Position,Connected On,Phone\nEva,Koch,https://www.linkedin.com/in/eva,eva@k.example,K Ltd,Buyer,01 Oct 2026,+49 1\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "profileUrl,fullName,title,companyName,email,phone\nhttps://www.linkedin.com/in/eva,Eva Koch,Buyer,K Ltd,eva@k.example,+49 1\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "First Name,Last Name,Title,Company Name,Company Name for Emails,Email,Email Status,Work Direct Phone,Mobile Phone\nEva,Koch,Buyer,K Ltd,K,eva@k.example,Verified,,+49 1\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "email,firstName,lastName,companyName,icebreaker,phone,linkedinUrl\neva@k.example,Eva,Koch,K Ltd,\"Nice talk,\nEva\",+49 1,\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "Email Address,First Name,Last Name,Address,Phone Number,Company,MEMBER_RATING,TAGS\neva@k.example,Eva,Koch,\"1 Road  Bonn\",+49 1,K Ltd,2,\"\"\"a\"\",\"\"b\"\"\"\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "First Name,Last Name,Display Name,Nickname,Primary Email,Secondary Email,Work Phone,Organization\nEva,Koch,Eva Koch,,eva@k.example,,+49 1,K Ltd\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "Контактное лицо;Организация;Электронная почта;Телефон\nEva Koch;K Ltd;eva@k.example;+49 1\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
    Export {
        text: "メールアドレス,姓,名,会社名,電話番号\neva@k.example,Koch,Eva,K Ltd,+49 1\n",
        first: "Eva",
        last: "Koch",
        company: "K Ltd",
        phone: "+49 1",
    },
];

#[test]
fn exports_of_programs_are_read() {
    for export in EXPORTS {
        let lead = read(export.text).remove(0).unwrap_or_else(|why| panic!("{why}: {}", export.text));
        let part = |field: &Option<String>| field.clone().unwrap_or_default();
        assert_eq!(
            (
                lead.email.as_str(),
                part(&lead.first_name),
                part(&lead.last_name),
                part(&lead.company),
                part(&lead.phone)
            ),
            (
                "eva@k.example",
                export.first.into(),
                export.last.into(),
                export.company.into(),
                export.phone.into()
            ),
            "{}",
            export.text
        );
    }
}

#[test]
fn columns_are_found_by_what_people_call_them() {
    let lead = one("E-Mail;Vorname;Nachname;Firma;Telefon;Budget\nAnn@X.example;Ann;Lee;X Ltd;+49 1;10k\n");
    assert_eq!(lead.email, "ann@x.example");
    assert_eq!(lead.first_name.as_deref(), Some("Ann"));
    assert_eq!(lead.last_name.as_deref(), Some("Lee"));
    assert_eq!(lead.custom_fields, [("Budget".to_owned(), "10k".to_owned())]);
    let lead = one("Vorname;Name;Mail\nAnn;Lee;a@x.example\n");
    assert_eq!((lead.first_name.as_deref(), lead.last_name.as_deref()), (Some("Ann"), Some("Lee")));
    let lead = one("Contact\nAnn Lee <a@x.example>\n");
    assert_eq!((lead.first_name.as_deref(), lead.last_name.as_deref()), (Some("Ann"), Some("Lee")));
}

#[test]
fn nothing_in_a_row_is_lost() {
    let lead = one("email,phone,mobile,email 2,,note,note\na@x.example,1,2,b@x.example,=1+1,n,-5\n");
    assert_eq!(lead.phone.as_deref(), Some("1"));
    let custom: Vec<(&str, &str)> =
        lead.custom_fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        custom,
        [("email 2", "b@x.example"), ("mobile", "2"), ("Column E", "=1+1"), ("note", "n"), ("note 2", "-5")]
    );
}

#[test]
fn another_address_is_used_where_the_first_is_none() {
    let text = "email,email 2\n,b@x.example\nnone,c@x.example\n";
    assert_eq!(emails(text), ["b@x.example", "c@x.example"]);
    assert!(rows(text)[1].notes[0].contains("`none`"));
    let several = rows("email\na@x.example; b@x.example\n");
    assert!(several[0].notes[0].contains("b@x.example"), "{several:?}");
}

#[test]
fn bad_rows_are_named_and_good_ones_kept() {
    let text = "email,company\na@x.example,A\nnobody,B\n,C\nd@x.example,D,E\n\"f@x.example\",\"F, G\"\n\
                A@X.example,again\ng@x.example,G,,,\n,,,\nlead@localhost,L\n";
    assert_eq!(bad(text), [3, 4, 5, 7, 9, 10]);
    assert_eq!(emails(text), ["a@x.example", "f@x.example", "g@x.example"]);
    let why = |number: usize| read(text)[number - 2].clone().unwrap_err();
    for (number, words) in [
        (3, "`nobody`"),
        (4, "no e-mail"),
        (5, "needs quotes"),
        (7, "earlier row (2)"),
        (9, "empty"),
        (10, "domain"),
    ] {
        assert!(why(number).contains(words), "{}", why(number));
    }
}

#[test]
fn spellings_of_one_address_are_one_lead() {
    assert_eq!(
        bad("email\na@gmail.com\nA@googlemail.com\nj@bücher.example\nj@xn--bcher-kva.example\n"),
        [3, 5]
    );
}

#[test]
fn a_quote_that_is_never_closed_loses_its_own_row_alone() {
    for text in [
        "Email,Company,City\na@x.example,\"Acme,Berlin\nb@x.example,B Ltd,Bonn\nc@x.example,C,Celle\n",
        // A later quote closes it.
        "Email,Company,City\na@x.example,\"Acme,Berlin\nb@x.example,\"B, Ltd\",Bonn\nc@x.example,C,\"Celle\"\n",
        "Company;Email;City\r\n\"Acme;a@x.example;Berlin\r\nB;b@x.example;Bonn\r\nC;c@x.example;Celle\r\n",
        "Email\tCity\na@x.example\t\"Berlin\nb@x.example\tBonn\nc@x.example\tCelle",
        "Email,Note,City\rb@x.example,,B\rc@x.example,\"n\rn\",C\ra@x.example,\"n\rn\",\"A",
        "Email\n\"a@x.example\nb@x.example\nc@x.example\n",
    ] {
        assert_eq!(emails(text), ["b@x.example", "c@x.example"], "{text:?}");
        assert_eq!(bad(text).len(), 1, "{text:?}");
    }
    // Each of several is told, and the rows keep their numbers.
    let text = "Email,Company\na@x.example,\"A\nb@x.example,B\nc@x.example,\"C\nd@x.example,D\n";
    assert_eq!((bad(text), emails(text)), (vec![2, 4], vec!["b@x.example".into(), "d@x.example".into()]));
}

#[test]
fn a_field_of_several_lines_is_one_field() {
    for field in
        ["Dear Ann,\nwell put", "write to bo@y.example, please\n\nor to me", "a, b\nbo@y.example, c\ne", "\n"]
    {
        let text = format!("email,note,city\na@x.example,\"{field}\",Bonn\nb@x.example,,\n");
        let leads = read(&text);
        assert_eq!(leads.len(), 2, "{text}");
        let custom = &leads[0].as_ref().unwrap().custom_fields;
        assert_eq!(custom.first().map_or("", |(_, value)| value.as_str()), field.trim());
    }
    // Before the address, the field's last line is the rest of the row.
    let text = "note,email,city\n\"one\ntwo\",a@x.example,Bonn\n\"one, b@x.example\n\",b@x.example,Bonn\n";
    assert_eq!((emails(text), bad(text)), (vec!["a@x.example".into(), "b@x.example".into()], vec![]));
    // Addresses on lines of their own are one cell.
    let text = "email,city\n\"a@x.example\nb@x.example\",Bonn\nc@x.example,Celle\n";
    assert_eq!(emails(text), ["a@x.example", "c@x.example"]);
    // A name of a column too.
    assert_eq!(one("\"E-mail\naddress\",City\na@x.example,Bonn\n").email, "a@x.example");
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_does() {
    let text = "sep=,\nemail,note\na@x.example,\"two\nlines\"\n\nnobody,\n";
    let last = rows(text).pop().unwrap();
    assert_eq!((last.number, last.line), (4, 6));
    let last = rows("Title\n\nemail,note\nnobody,\n").pop().unwrap();
    assert_eq!((last.number, last.line), (4, 4));
}

#[test]
fn a_long_field_is_refused_as_the_api_does() {
    let text =
        format!("email,note\na@x.example,{}\nb@x.example,{}\n", "x".repeat(10_001), "ü".repeat(10_000));
    assert_eq!(emails(&text), ["b@x.example"]);
}

#[test]
fn no_row_disappears_whatever_is_in_it() {
    const ROUNDS: u64 = 400;
    const CELLS: &[&str] = &[
        "a@x.example",
        "b@y.example",
        "\"A, B\"",
        "\"A\nB\"",
        "",
        "nobody",
        "\"q\"\"q\"",
        "  ",
        "a;b",
        "ü",
        "15\"",
        "=1+1",
    ];
    let seed = 7;
    println!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for round in 0..ROUNDS {
        let count = random.random_range(0..30_u64);
        let mut text = "email,name,note\n".to_owned();
        for row in 0..count {
            let cell = |random: &mut ChaCha8Rng| CELLS[random.random_range(0..CELLS.len())];
            let (first, second) = (cell(&mut random), cell(&mut random));
            text += &format!("lead{row}@x.example,{first},{second}\n");
        }
        let all = rows(&text);
        assert_eq!(all.len() as u64, count, "round {round}: {text}");
        assert!(all.iter().zip(2..).all(|(row, number)| row.number == number), "round {round}: {text}");
        // With a stray quote anywhere, every row is still told or taken.
        let at = random.random_range(0..=text.len());
        if count > 0 && at > 16 && text.is_char_boundary(at) {
            text.insert(at, '"');
            let told: Vec<String> =
                rows(&text).into_iter().filter_map(|row| row.lead.ok()).map(|lead| lead.email).collect();
            let lost = count as usize - told.iter().filter(|email| email.starts_with("lead")).count();
            let named = rows(&text).iter().filter(|row| row.lead.is_err()).count();
            assert!(lost <= named + 1, "round {round}: {lost} lost, {named} named: {text}");
        }
    }
}

/// What a correct writer writes is read back, whatever is in it.
#[test]
fn a_well_formed_table_is_read_whole() {
    const ROUNDS: usize = 300;
    const PIECES: &[&str] = &[
        "Acme",
        "\"",
        ",",
        ";",
        "\n",
        "\r\n",
        " ",
        "bo@y.example",
        "write to bo@y.example, please",
        "\t",
        "|",
        "ü",
        "<a@b.example>",
    ];
    let seed = 13;
    println!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for round in 0..ROUNDS {
        let delimiter = [",", ";", "\t", "|"][random.random_range(0..4)];
        let email = random.random_range(0..5);
        let mut rows = vec![["note", "remark", "hint", "text", "word"].map(str::to_owned)];
        for row in 0..random.random_range(1..20) {
            rows.push(std::array::from_fn(|place| match place == email {
                true => format!("lead{row}@x.example"),
                false => (0..random.random_range(0..6))
                    .map(|_| PIECES[random.random_range(0..PIECES.len())])
                    .collect(),
            }));
        }
        rows[0][email] = "email".to_owned();
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let line = |row: &[String; 5]| row.iter().map(quoted).collect::<Vec<_>>().join(delimiter);
        let text: String = rows.iter().map(|row| line(row) + "\n").collect();
        let read = read(&text);
        assert_eq!(read.len(), rows.len() - 1, "round {round}: {text:?}: {read:#?}");
        for (lead, row) in read.iter().zip(&rows[1..]) {
            let lead = lead.as_ref().unwrap_or_else(|why| panic!("round {round}: {why}: {text}"));
            assert_eq!(lead.email, row[email], "round {round}: {text}");
            let values: Vec<&str> = lead.custom_fields.iter().map(|(_, value)| value.as_str()).collect();
            let cells =
                row.iter().enumerate().filter(|(place, _)| *place != email).map(|(_, cell)| cell.trim());
            assert_eq!(
                values,
                cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>(),
                "round {round}: {text}"
            );
        }
    }
}

#[test]
fn a_hostile_table_takes_linear_time() {
    for line in ["a@x.example,\"b\n", "\"\n", "x,\"y\"\"\n", "a@x.example,\"\"\"\n", ",,,,\n", "\"a\"b\"c,\n"]
    {
        let text = format!("email,name\n{}", line.repeat(50_000));
        let count = rows(&text).len();
        assert!(count > 0, "{line:?}");
    }
}

#[test]
fn any_bytes_are_a_table_or_refused() {
    let pieces = &[
        ",",
        ";",
        "\t",
        "\"",
        "\"\"",
        "\r\n",
        "\n\n",
        "email",
        "E-Mail-Adresse",
        "sep=;\n",
        "@",
        "a@b.example",
        "\u{feff}",
        "\0",
    ];
    crewbox_testkit::fuzz::drive("leads", pieces, any::any);
}
