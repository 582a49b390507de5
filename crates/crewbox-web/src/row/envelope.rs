//! The live dialect's envelope: `ok`, then the rows under `data`.

use utoipa::openapi::Schema;

use crate::declare::{Output as _, output};
use crate::object::Obj;
use crate::schema::{Components, Properties};

/// The key of the rows.
const DATA: &str = "data";

output! {
    /// What the envelope begins with.
    struct EnvelopeStart {
        /// Always true.
        ok: bool,
    }
}

/// The envelope up to its rows. The array of rows is appended, then the object is [resumed](Obj::resumed).
pub(crate) fn open_envelope() -> Vec<u8> {
    let mut envelope = Obj::new();
    EnvelopeStart { ok: true }.put_keys(&mut envelope);
    envelope.open(DATA)
}

/// Adds the envelope with this array of rows to a description.
pub(crate) fn describe_envelope(
    properties: &mut Properties,
    components: &mut Components,
    rows: Schema,
    says: &str,
) {
    EnvelopeStart::describe_keys(properties, components);
    properties.add(DATA, true, rows.into(), &[says]);
}
