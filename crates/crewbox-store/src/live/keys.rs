//! An account's API keys and sessions in memory, each with its member, by hash.

use std::collections::HashMap;

use crewbox_core::model::{ApiKey, Member, Session};

use crate::contract::Catalog;

/// By hash. A hash of 256 random bits may be looked up in variable time: nobody can steer it.
#[derive(Debug, Default)]
pub(super) struct Keys {
    keys: HashMap<[u8; 32], (ApiKey, Member)>,
    sessions: HashMap<[u8; 32], (Session, Member)>,
}

impl Keys {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let member = |id| catalog.member(id).cloned();
        let key = |key: &ApiKey| Some((key.hash, (key.clone(), member(key.member)?)));
        let session = |one: &Session| Some((one.hash, (one.clone(), member(one.member)?)));
        Self {
            keys: catalog.keys.iter().filter_map(key).collect(),
            sessions: catalog.sessions.iter().filter_map(session).collect(),
        }
    }

    pub(super) fn get(&self, hash: &[u8; 32]) -> Option<&(ApiKey, Member)> {
        self.keys.get(hash)
    }

    pub(super) fn session(&self, hash: &[u8; 32]) -> Option<&(Session, Member)> {
        self.sessions.get(hash)
    }
}
