//! HTML bodies: measured first, then sanitised by one library and turned to text by another.

pub(crate) mod measure;
pub(crate) mod sanitise;
pub(crate) mod text;
