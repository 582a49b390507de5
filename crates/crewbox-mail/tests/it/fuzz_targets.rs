//! The fuzz targets of this crate, on a stable toolchain.
#![cfg(feature = "fuzz")]

use crewbox_mail::fuzz;
use crewbox_testkit::fuzz::drive;

use crate::mutations::PIECES;

#[test]
fn any_bytes_are_read_as_a_mail() {
    drive("mail", PIECES, fuzz::mail);
}

#[test]
fn any_text_is_folded_at_characters() {
    drive("folds", PIECES, fuzz::folds);
}

#[test]
fn any_answers_of_a_server_reach_the_library_as_it_accepts_them() {
    let pieces = &[
        "\r\n",
        "* ",
        "* 1 FETCH (",
        "UID 1",
        " BODY[] {5}\r\n",
        ")\r\n",
        "{0}\r\n",
        "{99999999999}\r\n",
        "NIL",
        "\"",
        "\\",
        "(",
        ")",
        "a1 OK x\r\n",
        "* LIST (\\HasNoChildren) \"/\" ",
        "[UIDVALIDITY 1]",
        "BODYSTRUCTURE (",
        "\0",
    ];
    drive("imap", pieces, fuzz::imap);
}
