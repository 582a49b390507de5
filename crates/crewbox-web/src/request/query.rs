//! The query string: looked up by name, decoded, read leniently.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// A query string as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueryString<'a>(pub(crate) &'a str);

impl<'a> QueryString<'a> {
    /// The first value of this name that is not empty.
    pub(crate) fn get(self, name: &str) -> Option<Cow<'a, str>> {
        self.0
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, value)| *key == name && !value.is_empty())
            .map(|(_, value)| decode(value))
    }
}

/// Undoes percent-encoding, and `+` for a space; what is not valid UTF-8 is replaced.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_and_decoded() {
        let query = QueryString("a=&a=1%2B1+x&b=%zz");
        assert_eq!(query.get("a").as_deref(), Some("1+1 x"));
        assert_eq!(query.get("b").as_deref(), Some("%zz"));
        assert_eq!(query.get("c"), None);
    }
}
