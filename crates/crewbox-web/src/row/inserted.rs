//! Arrays that are written already, put behind their keys of an object without a copy: they are most of a response, and a
//! copy of them would be most of its cost.
//!
//! Owns where such an array goes. The object is written with [`Written::follows`](super::Written::follows) in its place.

use bytes::Bytes;

use crate::payload::{Payload, Pieces};

/// The object with these arrays, each behind its key and in the order of the object.
pub(crate) fn with_arrays<const COUNT: usize>(object: Vec<u8>, arrays: [(&str, Vec<u8>); COUNT]) -> Payload {
    let object = Bytes::from(object);
    let mut pieces = Pieces::resumed(Vec::new());
    let mut done = 0;
    for (key, array) in arrays {
        let place = place_of(&object[done..], key).map(|place| done + place);
        debug_assert!(place.is_some(), "{key} is written with a value, or not at all");
        let place = place.unwrap_or(object.len());
        pieces.push(&object, done..place);
        let array = Bytes::from(array);
        pieces.push(&array, 0..array.len());
        done = place;
    }
    pieces.push(&object, done..object.len());
    pieces.finish()
}

/// Where the value of this key is missing. Within a string a quotation mark is escaped, so that no text looks like that.
fn place_of(object: &[u8], key: &str) -> Option<usize> {
    let key = format!("\"{key}\":");
    let is_place =
        |bytes: &[u8]| bytes.starts_with(key.as_bytes()) && matches!(bytes.last(), Some(b',' | b'}'));
    object.windows(key.len() + 1).position(is_place).map(|place| place + key.len())
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn arrays_go_behind_their_own_keys_whatever_texts_say() {
        let long = format!("[\"{}\"]", "x".repeat(100_000)).into_bytes();
        let object = br#"{"a":"\"b\":,\"c\":}","c":1,"b":,"d":"\"c\":}","c":}"#.to_vec();
        let payload = with_arrays(object, [("b", b"[1]".to_vec()), ("c", long.clone())]);
        let bytes = payload.into_body().collect().await.unwrap().to_bytes();
        let start = br#"{"a":"\"b\":,\"c\":}","c":1,"b":[1],"d":"\"c\":}","c":"#;
        assert_eq!(bytes, [&start[..], &long, b"}"].concat());
    }
}
