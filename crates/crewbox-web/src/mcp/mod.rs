//! `/mcp`: the Model Context Protocol (streamable HTTP), so that agents work in the inbox.
//!
//! Owns which tools and resources there are, and that what they return is marked as untrusted. A tool is a route of the
//! API under another name: its arguments are the route's, its permission is the route's, and its answer comes from the
//! route's handler. No rule of the inbox is here.

mod agent;
mod arguments;
mod calls;
mod declared;
mod reply;
mod schema;
mod table;
mod tool;
mod transport;
mod untrusted;

pub(crate) use tool::Tool;
pub(crate) use transport::{DETAILS, answer};
