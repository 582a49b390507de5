//! An account's API keys in memory, each with its member, by hash.

use std::collections::HashMap;

use crewbox_core::model::{ApiKey, Member};

use crate::contract::Catalog;

/// Keys by hash. A hash of 256 random bits may be looked up in variable time: nobody can steer it.
#[derive(Debug, Default)]
pub(super) struct Keys(HashMap<[u8; 32], (ApiKey, Member)>);

impl Keys {
    pub(super) fn of(catalog: &Catalog) -> Self {
        Self(
            catalog
                .keys
                .iter()
                .filter_map(|key| Some((key.hash, (key.clone(), catalog.member(key.member)?.clone()))))
                .collect(),
        )
    }

    pub(super) fn get(&self, hash: &[u8; 32]) -> Option<&(ApiKey, Member)> {
        self.0.get(hash)
    }
}
