//! The use cases as their callers see them, over a store in a temporary directory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod permission_commands;
mod permission_table;
mod roles;
mod team;
mod team_activities;
