//! The values of an e-mail account as people give them: each type has the one rule for its field.
//!
//! The API, the command line and forms read their input into these types, so that a value is accepted by all of them or by
//! none, with the same sentence.

use crewbox_core::address::EmailAddress;

/// Most characters of a display name: more would break every list it is shown in.
pub const MAX_NAME: usize = 200;
/// Most characters of a user name: far more than any server accepts.
pub const MAX_USER: usize = 1_000;
/// Most characters of a password: far more than any server accepts.
const MAX_PASSWORD: usize = 1_000;
/// Most characters of a host name (RFC 1035, section 2.3.4).
const MAX_HOST: usize = 253;
/// Most characters of a signature: it is repeated in every message that is sent with it.
const MAX_SIGNATURE: usize = 100_000;
/// Punctuation that shows that a text is a URL, an address or a list, not a host.
const NOT_IN_HOSTS: &str = "/@<>,;\"";

/// A value that is read from a text.
pub trait Field: Sized {
    /// Most characters of the text, for descriptions.
    const MOST: usize;

    /// Reads the text.
    ///
    /// # Errors
    /// What is wrong: the rest of a sentence that begins with the name of the field. Never repeats the text.
    fn parse(text: &str) -> Result<Self, String>;
}

/// A text of one line with at least one letter, without the space around it: it becomes part of headers and commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<const MOST: usize>(String);

/// The host of a mail server: a name or an IP address, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host(String);

/// A port of a mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port(u16);

/// A password, with the space around it. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// The HTML below a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature(String);

/// The addresses that the owner of an account also writes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aliases(Vec<EmailAddress>);

fn limited(text: &str, most: usize) -> Result<&str, String> {
    if text.chars().count() > most { Err(format!("cannot exceed {most} characters")) } else { Ok(text) }
}

/// The text without the space around it, of one line and not empty.
fn one_line(text: &str, most: usize) -> Result<&str, String> {
    let text = limited(text, most)?;
    // Looked at before the space around it is removed: a line break at an end is as wrong as one within.
    if text.contains(['\r', '\n', '\0']) {
        return Err("must not contain a line break or NUL".to_owned());
    }
    match text.trim() {
        "" => Err("must not be empty".to_owned()),
        text => Ok(text),
    }
}

impl<const MOST: usize> Field for Line<MOST> {
    const MOST: usize = MOST;

    fn parse(text: &str) -> Result<Self, String> {
        one_line(text, MOST).map(|text| Self(text.to_owned()))
    }
}

impl<const MOST: usize> Line<MOST> {
    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Field for EmailAddress {
    /// As in RFC 5321, section 4.5.3.1.3.
    const MOST: usize = 254;

    fn parse(text: &str) -> Result<Self, String> {
        // The parser refuses longer ones.
        let text = one_line(text, usize::MAX)?;
        Self::parse(text).map_err(|_| "must be an e-mail address".to_owned())
    }
}

impl Field for Host {
    const MOST: usize = MAX_HOST;

    fn parse(text: &str) -> Result<Self, String> {
        let text = one_line(text, MAX_HOST)?;
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || NOT_IN_HOSTS.contains(c)) {
            return Err("must be a host name such as imap.example.org".to_owned());
        }
        Ok(Self(text.to_lowercase()))
    }
}

impl Host {
    /// The host.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Port {
    /// The lowest and the highest port that a server can have.
    pub const RANGE: (u16, u16) = (1, u16::MAX);

    /// A port that a server can have.
    ///
    /// # Errors
    /// As [`Field::parse`].
    pub fn from_number(number: i64) -> Result<Self, String> {
        let (least, most) = Self::RANGE;
        let port = u16::try_from(number).ok().filter(|port| *port >= least);
        port.map(Self).ok_or_else(|| format!("must be between {least} and {most}"))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Field for Port {
    const MOST: usize = 5;

    fn parse(text: &str) -> Result<Self, String> {
        let number = text.trim().parse().map_err(|_| "must be a number".to_owned())?;
        Self::from_number(number)
    }
}

impl Field for Password {
    const MOST: usize = MAX_PASSWORD;

    fn parse(text: &str) -> Result<Self, String> {
        match limited(text, MAX_PASSWORD)? {
            "" => Err("is required".to_owned()),
            text => Ok(Self(text.to_owned())),
        }
    }
}

impl Password {
    /// The password.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Field for Signature {
    const MOST: usize = MAX_SIGNATURE;

    fn parse(text: &str) -> Result<Self, String> {
        limited(text, MAX_SIGNATURE).map(|text| Self(text.to_owned()))
    }
}

impl Signature {
    /// The HTML.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Aliases {
    /// Most aliases of an account: more than anybody has. Every mail is compared with them.
    pub const MOST: usize = 100;

    /// Reads texts that are one address each.
    ///
    /// # Errors
    /// As [`Field::parse`].
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut aliases = Vec::new();
        for text in texts {
            if aliases.len() == Self::MOST {
                return Err(format!("array cannot exceed {} items", Self::MOST));
            }
            let alias = EmailAddress::parse(text.trim());
            aliases.push(alias.map_err(|_| "must hold e-mail addresses".to_owned())?);
        }
        Ok(Self(aliases))
    }

    /// The addresses.
    #[must_use]
    pub fn into_strings(self) -> Vec<String> {
        self.0.iter().map(|alias| alias.as_str().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_one_word() {
        for (good, read) in [
            (" IMAP.Example.ORG ", "imap.example.org"),
            ("localhost", "localhost"),
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("bücher.example", "bücher.example"),
        ] {
            assert_eq!(Host::parse(good).map(Host::into_string).as_deref(), Ok(read));
        }
        for (wrong, rest) in [
            ("", "must not be empty"),
            (" ", "must not be empty"),
            ("a b", "must be a host name such as imap.example.org"),
            ("https://x", "must be a host name such as imap.example.org"),
            ("x@y", "must be a host name such as imap.example.org"),
            ("a\r\nb", "must not contain a line break or NUL"),
            ("a\n", "must not contain a line break or NUL"),
            (&"a".repeat(254), "cannot exceed 253 characters"),
        ] {
            assert_eq!(Host::parse(wrong), Err(rest.to_owned()), "{wrong:?}");
        }
    }

    #[test]
    fn a_port_is_one_that_a_server_can_have() {
        assert_eq!(Port::parse(" 993 ").map(Port::get), Ok(993));
        assert_eq!(Port::parse("65535").map(Port::get), Ok(65_535));
        for wrong in ["0", "65536", "-1"] {
            assert_eq!(Port::parse(wrong), Err("must be between 1 and 65535".to_owned()), "{wrong}");
        }
        for wrong in ["", "imap", "9.5", "99999999999999999999"] {
            assert_eq!(Port::parse(wrong), Err("must be a number".to_owned()), "{wrong}");
        }
    }

    #[test]
    fn a_password_keeps_its_space_and_is_never_printed() {
        let password = Password::parse(" pass word ").unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
        assert_eq!(password.into_string(), " pass word ");
        assert_eq!(Password::parse(""), Err("is required".to_owned()));
    }

    #[test]
    fn an_address_is_one_line() {
        let read = |text: &str| <EmailAddress as Field>::parse(text).map(|read| read.as_str().to_owned());
        assert_eq!(read(" Ann@Acme.example ").as_deref(), Ok("ann@acme.example"));
        assert_eq!(read("ann@localhost"), Err("must be an e-mail address".to_owned()));
        assert_eq!(
            read("ann@acme.example\r\nBcc: x"),
            Err("must not contain a line break or NUL".to_owned())
        );
        assert_eq!(read(" "), Err("must not be empty".to_owned()));
    }

    #[test]
    fn aliases_are_addresses_and_not_too_many() {
        let all = vec!["a@us.example"; Aliases::MOST];
        assert_eq!(Aliases::parse(all.iter().copied()).unwrap().into_strings().len(), Aliases::MOST);
        let more = all.iter().copied().chain(["b@us.example"]);
        assert_eq!(Aliases::parse(more), Err("array cannot exceed 100 items".to_owned()));
        assert_eq!(Aliases::parse(["no address"]), Err("must hold e-mail addresses".to_owned()));
    }
}
