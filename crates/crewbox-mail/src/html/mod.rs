//! HTML bodies: measured first, then sanitised by a library; the text is made of what is left.

pub(crate) mod images;
mod links;
pub(crate) mod marks;
pub(crate) mod measure;
pub(crate) mod sanitise;
pub(crate) mod tags;
pub(crate) mod text;
