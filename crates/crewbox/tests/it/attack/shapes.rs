//! Bodies that cost a parser as much as bytes of their length can.

/// A shape of JSON, and how it is made of about so many bytes.
pub(crate) type Shape = (&'static str, fn(usize) -> String);

/// The parser's limit of nesting is 128: what is nested less deeply is read to its end.
const DEEP: usize = 60;

/// Shapes of a whole body: objects, and what is none.
pub(crate) const BODIES: &[Shape] = &[
    ("open arrays", |most| "[".repeat(most)),
    ("open objects", |most| "{\"a\":".repeat(most / 5)),
    ("white space", |most| " ".repeat(most)),
    ("many unknown keys", |most| object(most, |number| format!("\"k{number:07}\":0"))),
    ("many misspelt keys", |most| object(most, |number| format!("\"limi{number}\":0"))),
    ("one key again and again", |most| object(most, |_| "\"limit\":1".to_owned())),
    ("escaped keys", |most| object(most, |_| "\"\\u006cimit\":1".to_owned())),
    ("one long key", |most| format!("{{\"{}\":1}}", "k".repeat(most - 6))),
    ("a text that never ends", |most| format!("{{\"a\":\"{}", "x".repeat(most - 6))),
    ("what is no UTF-8", |most| format!("{{\"a\":\"{}", "\u{fffd}".repeat((most - 6) / 3))),
];

/// Shapes of one value.
pub(crate) const VALUES: &[Shape] = &[
    ("ones", |most| array(most, |_| "1".to_owned())),
    ("different numbers", |most| array(most, |number| number.to_string())),
    ("numbers as texts", |most| array(most, |number| format!("\"{number}\""))),
    ("empty texts", |most| array(most, |_| "\"\"".to_owned())),
    ("empty objects", |most| array(most, |_| "{}".to_owned())),
    ("floats", |most| array(most, |number| format!("{number}e300"))),
    ("nested arrays", |most| array(most, |_| format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP)))),
    ("nested objects", |most| array(most, |_| format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP)))),
    ("a wide object", |most| object(most, |number| format!("\"k{number}\":{number}"))),
    ("a long text", |most| text(most, "x")),
    ("escapes", |most| text(most, "\\u00e9")),
    ("line feeds", |most| text(most, "\\n")),
    ("words", |most| text(most, "word \u{fb01} \u{1e9e} ")),
    ("pairs of surrogates", |most| text(most, "\\ud83d\\ude00")),
    ("a long number", |most| "9".repeat(most)),
    ("a long fraction", |most| format!("0.{}", "3".repeat(most.saturating_sub(2)))),
    ("addresses", |most| array(most, |number| format!("\"lead{number}@x.example\""))),
];

fn text(most: usize, part: &str) -> String {
    format!("\"{}\"", part.repeat(most.saturating_sub(2) / part.len()))
}

fn array(most: usize, item: impl Fn(usize) -> String) -> String {
    joined('[', ']', most, item)
}

fn object(most: usize, entry: impl Fn(usize) -> String) -> String {
    joined('{', '}', most, entry)
}

/// As many of these as fit.
fn joined(open: char, close: char, most: usize, item: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(most);
    text.push(open);
    for number in 0.. {
        let item = item(number);
        if text.len() + item.len() + 2 > most && number > 0 {
            break;
        }
        if number > 0 {
            text.push(',');
        }
        text.push_str(&item);
    }
    text.push(close);
    text
}
