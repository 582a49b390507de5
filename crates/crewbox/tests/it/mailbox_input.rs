//! The values of an e-mail account: the API and the command line accept the same ones, and refuse the others with the same
//! sentence.

use serde_json::json;

use crate::drive::{House, path, run_with_input};

/// The API's field, the flag, a value, and the end of the sentence that refuses it (none: it is accepted).
const CASES: &[(&str, &str, &str, Option<&str>)] = &[
    ("from_email", "--email", "ann@mail.example", None),
    ("from_email", "--email", " Ann@Mail.example ", None),
    ("from_email", "--email", "ann", Some("must be an e-mail address")),
    ("from_email", "--email", "ann@localhost", Some("must be an e-mail address")),
    ("from_email", "--email", "a@b@mail.example", Some("must be an e-mail address")),
    ("from_email", "--email", "ann@mail.example\r\nBcc: x", Some("must not contain a line break or NUL")),
    ("from_name", "--name", "Ann Lee", None),
    ("from_name", "--name", " ", Some("must not be empty")),
    ("from_name", "--name", "Ann\nBcc: x", Some("must not contain a line break or NUL")),
    ("user_name", "--user", "ann", None),
    ("user_name", "--user", "", Some("must not be empty")),
    ("user_name", "--user", "a\nb", Some("must not contain a line break or NUL")),
    ("imap_user_name", "--imap-user", "ann", None),
    ("imap_user_name", "--imap-user", "a\r\nb", Some("must not contain a line break or NUL")),
    ("imap_host", "--imap-host", " IMAP.Mail.example ", None),
    ("imap_host", "--imap-host", "192.0.2.1", None),
    ("imap_host", "--imap-host", "a b", Some("must be a host name such as imap.example.org")),
    ("imap_host", "--imap-host", "https://x", Some("must be a host name such as imap.example.org")),
    ("imap_host", "--imap-host", "", Some("must not be empty")),
    ("smtp_host", "--smtp-host", "x@y", Some("must be a host name such as imap.example.org")),
    ("smtp_host", "--smtp-host", "x\n", Some("must not contain a line break or NUL")),
    ("imap_port", "--imap-port", "143", None),
    ("imap_port", "--imap-port", "0", Some("must be between 1 and 65535")),
    ("imap_port", "--imap-port", "65536", Some("must be between 1 and 65535")),
    ("smtp_port", "--smtp-port", "smtp", Some("must be a number")),
    ("aliases", "--alias", "sales@mail.example", None),
    ("aliases", "--alias", "no address", Some("must hold e-mail addresses")),
    ("aliases", "--alias", "lea@x.example", Some("it is the address of a lead")),
];

#[test]
fn the_api_and_the_command_line_accept_and_refuse_the_same_values() {
    let house = House::new();
    let leads = house.file("leads.csv", "email\nlea@x.example\n");
    house.run(&["import", "leads", "--campaign", "Spring", &leads]);
    let (server, data) = (house.serve(), house.data());
    for (field, flag, value, refused) in CASES {
        let mut body = json!({"from_name": "Ann", "from_email": "ann@mail.example", "user_name": "ann",
            "password": "p", "imap_host": "imap.mail.example", "imap_port": "993", "smtp_host": "smtp.mail.example",
            "smtp_port": "465"});
        body[field] = json!(value);
        let answer = server.call("POST", "/email-accounts/save", &house.key, &body);
        let mut words = vec!["mailbox", "add", "--data", path(&data), "--password-stdin"];
        let given = [
            ("--name", "Ann"),
            ("--email", "ann@mail.example"),
            ("--imap-host", "imap.mail.example"),
            ("--smtp-host", "smtp.mail.example"),
        ];
        for (other, usual) in given.iter().filter(|(other, _)| other != flag) {
            words.extend([*other, *usual]);
        }
        words.extend([*flag, *value]);
        let output = run_with_input(&words, "p\n");
        let Some(rest) = refused else {
            assert_eq!(answer.status, 200, "{field} {value:?}: {}", answer.json());
            assert_eq!(output.code, Some(0), "{flag} {value:?}: {output:?}");
            assert_eq!(answer.json()["emailAccountId"], output.json()["mailbox_id"], "{field} {value:?}");
            continue;
        };
        let sentence = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert_eq!((answer.status, &answer.json()["field"]), (422, &json!(field)), "{value:?}: {sentence}");
        assert!(sentence.ends_with(rest), "{field} {value:?}: {sentence}");
        output.fails(2, &sentence.replacen(field, flag, 1));
    }
    // All that is wrong is reported at once.
    let wrong =
        ["--name", "", "--email", "ann", "--imap-host", "a b", "--smtp-host", "s", "--smtp-port", "0"];
    let mut words = vec!["mailbox", "add", "--data", path(&data), "--password-stdin"];
    words.extend(wrong);
    let output = run_with_input(&words, "p\n");
    for flag in ["--name", "--email", "--imap-host", "--smtp-port"] {
        output.fails(2, &format!("{flag} must"));
    }
    let body =
        json!({"from_name": "", "from_email": "ann", "imap_host": "a b", "smtp_host": "s", "smtp_port": 0});
    let answer = server.call("POST", "/email-accounts/save", &house.key, &body).json();
    let fields: Vec<&str> =
        answer["errors"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!(
        fields,
        ["from_name", "from_email", "user_name", "password", "smtp_port", "imap_host", "imap_port"]
    );
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn an_account_without_servers_is_wrong_input_for_what_needs_them() {
    let house = House::new();
    let file = house.file("one.eml", "From: lea@lead.example\nTo: ann@crew.example\nSubject: a\n\nb\n");
    assert_eq!(house.run(&["import", "mail", "--mailbox", "ann@crew.example", &file]).code, Some(0));
    let sentence = "ann@crew.example has no servers yet: save it with its servers first";
    house.run(&["mailbox", "test", "ann@crew.example"]).fails(2, sentence);
    let sign_in = "mailbox sign-in ann@crew.example --provider other --client-id x --scope x \
                   --authorise-url https://in.example/ --token-url https://in.example/token";
    house.run(&sign_in.split_whitespace().collect::<Vec<_>>()).fails(2, sentence);
}
