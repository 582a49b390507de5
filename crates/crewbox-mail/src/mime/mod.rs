//! From raw bytes to parts: header fields, the tree of parts, transfer encodings and charsets. Linear in
//! the size of the mail, without recursion, and never fails: what is malformed is read as text.

pub(crate) mod addresses;
pub(crate) mod calendar;
pub(crate) mod charset;
pub(crate) mod date;
pub(crate) mod fields;
pub(crate) mod guessed;
pub(crate) mod open;
pub(crate) mod parameters;
pub(crate) mod shortened;
pub(crate) mod transfer;
pub(crate) mod uuencode;
pub(crate) mod walk;
pub(crate) mod words;
