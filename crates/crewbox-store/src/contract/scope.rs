//! Who asks. A store call without a scope does not exist, so there is no way to read across accounts.

use crewbox_core::id::{AccountId, ClientId, MemberId};
use crewbox_core::model::{KeyLevel, Role};

/// An account, and on whose behalf: made by signing in, or by the operator's own hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    account: AccountId,
    member: Option<MemberId>,
    role: Role,
    client: Option<ClientId>,
    level: KeyLevel,
}

impl Scope {
    /// The operator's own scope over one account: the command line, mail coming in, background work. Changes
    /// made under it have no actor.
    #[must_use]
    pub const fn operator(account: AccountId) -> Self {
        Self { account, member: None, role: Role::Owner, client: None, level: KeyLevel::Manage }
    }

    /// A signed-in member's scope. Only the store makes these, after it has checked a key or a password.
    pub(crate) const fn member(
        account: AccountId,
        member: MemberId,
        role: Role,
        client: Option<ClientId>,
    ) -> Self {
        Self { account, member: Some(member), role, client, level: KeyLevel::Manage }
    }

    /// The same, restricted to a client.
    #[must_use]
    pub const fn within(self, client: ClientId) -> Self {
        Self { client: Some(client), ..self }
    }

    /// The same, of a key that allows so much.
    pub(crate) const fn with_level(self, level: KeyLevel) -> Self {
        Self { level, ..self }
    }

    /// The account.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Who acts; none for the operator.
    #[must_use]
    pub const fn actor(&self) -> Option<MemberId> {
        self.member
    }

    /// What they may do.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// How much of that the key allows that signed in.
    #[must_use]
    pub const fn level(&self) -> KeyLevel {
        self.level
    }

    /// Set when only this client's rows may be seen or changed.
    #[must_use]
    pub const fn client(&self) -> Option<ClientId> {
        self.client
    }

    /// Whether a row of this client may be seen.
    #[must_use]
    pub fn sees(&self, client: Option<ClientId>) -> bool {
        self.client.is_none() || self.client == client
    }
}
