//! Parts that hold a message, or files, in a form that is not MIME: Outlook's TNEF and opaque S/MIME. Opens them
//! within budgets; what cannot be opened stays an attachment like any other.

pub(crate) mod cms;
mod code_page;
mod lzfu;
mod rtf;
pub(crate) mod tnef;

use super::walk::{Kind, Part};

/// What a part may hold, told by its headers alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    /// `winmail.dat`.
    Tnef,
    /// `smime.p7m`: signed as a whole, or encrypted.
    Smime,
}

/// Which container a part is, if it is one.
pub(crate) fn container(part: &Part<'_>) -> Option<Container> {
    if part.kind != Kind::Leaf || part.message.is_some() {
        return None;
    }
    let name = part.file_name.as_deref().unwrap_or_default().to_ascii_lowercase();
    let unnamed_type = part.media == "application/octet-stream";
    match part.media.as_str() {
        "application/ms-tnef" | "application/vnd.ms-tnef" => Some(Container::Tnef),
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
            // Certificates alone are no message.
            let kind = part.parameter("smime-type").unwrap_or_default();
            (!kind.eq_ignore_ascii_case("certs-only")).then_some(Container::Smime)
        }
        _ if unnamed_type && matches!(name.as_str(), "winmail.dat" | "win.dat") => Some(Container::Tnef),
        _ if unnamed_type && name == "smime.p7m" => Some(Container::Smime),
        _ => None,
    }
}
