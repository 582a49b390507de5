//! Who may do what: every permission, and the one table of roles and restrictions that answers.
//!
//! Owns the rule for roles. Which rows a caller sees is the scope's rule, not a permission.

use crate::id::MemberId;
use crate::model::{KeyLevel, Role};

/// Something a caller may be allowed to do. Every use case requires one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table below says what each allows, and which roles have it")]
pub enum Permission {
    ReadInbox,
    Triage,
    Assign,
    SendMail,
    DeleteConversations,
    ReadUntracked,
    AttachUntracked,
    BlockDomains,
    ReadQuarantine,
    RetryQuarantine,
    ReadTeam,
    ManageMembers,
    ManageKeys,
    OwnSessions,
    ReadChanges,
    ReadLog,
    ReadMetrics,
    ReadCategories,
    ManageCategories,
    ReadTags,
    ManageTags,
    ReadClients,
    ManageClients,
    ReadCampaigns,
    ManageCampaigns,
    ReadLeads,
    AddLeads,
    ReadMailboxes,
    ManageMailboxes,
    DeliverMail,
    ManageWebhooks,
}

/// A row of the table: who has a permission.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// What it allows.
    pub permission: Permission,
    /// The role with the fewest rights that has it; roles with more rights have it too.
    pub least_role: Role,
    /// Whether a caller restricted to one client has it, for that client's rows.
    pub restricted: bool,
}

/// Every permission, in the order of the enum.
pub const GRANTS: [Grant; 31] = [
    client_too(Permission::ReadInbox),
    client_too(Permission::Triage),
    client_too(Permission::Assign),
    client_too(Permission::SendMail),
    team(Permission::DeleteConversations),
    team(Permission::ReadUntracked),
    team(Permission::AttachUntracked),
    team(Permission::BlockDomains),
    team(Permission::ReadQuarantine),
    team(Permission::RetryQuarantine),
    client_too(Permission::ReadTeam),
    manager(Permission::ManageMembers),
    manager(Permission::ManageKeys),
    client_too(Permission::OwnSessions),
    client_too(Permission::ReadChanges),
    team(Permission::ReadLog),
    team(Permission::ReadMetrics),
    client_too(Permission::ReadCategories),
    team(Permission::ManageCategories),
    client_too(Permission::ReadTags),
    team(Permission::ManageTags),
    client_too(Permission::ReadClients),
    manager(Permission::ManageClients),
    client_too(Permission::ReadCampaigns),
    client_too(Permission::ManageCampaigns),
    client_too(Permission::ReadLeads),
    client_too(Permission::AddLeads),
    client_too(Permission::ReadMailboxes),
    manager(Permission::ManageMailboxes),
    team(Permission::DeliverMail),
    client_too(Permission::ManageWebhooks),
];

/// Every member, a client's own users and keys included.
const fn client_too(permission: Permission) -> Grant {
    Grant { permission, least_role: Role::Member, restricted: true }
}

/// Every member of the team; nobody who is restricted to one client.
const fn team(permission: Permission) -> Grant {
    Grant { permission, least_role: Role::Member, restricted: false }
}

/// Owners and admins who are not restricted to one client.
const fn manager(permission: Permission) -> Grant {
    Grant { permission, least_role: Role::Admin, restricted: false }
}

/// Why a caller does not have a permission. Its text is what every surface shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The caller is restricted to one client.
    Restricted,
    /// The caller's role has too few rights.
    Role,
    /// The key allows less than its member.
    Key,
    /// The caller gives a role with more rights than their own.
    HigherRole,
    /// The caller is restricted to another client than the one named.
    OtherClient,
    /// Another member wrote it.
    OtherAuthor,
    /// It is another member's draft.
    OtherDraft,
}

impl Denied {
    /// One sentence for people.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Restricted => "This is not open to a key that is restricted to one client",
            Self::Role => "This needs an owner or an admin of the account",
            Self::Key => "This API key does not allow that: use one of a higher level",
            Self::HigherRole => "Nobody can give a role with more rights than their own",
            Self::OtherClient => "This key may make campaigns of its own client only",
            Self::OtherDraft => "Only the member whose draft it is may undo a change of it",
            Self::OtherAuthor => "Only its author, an owner or an admin of the account may change this",
        }
    }
}

impl Permission {
    /// Its row of the table.
    #[must_use]
    pub fn grant(self) -> &'static Grant {
        &GRANTS[self as usize]
    }

    /// The least level of a key that has it. What is not listed needs the highest.
    #[must_use]
    pub const fn key_level(self) -> KeyLevel {
        match self {
            Self::ReadInbox
            | Self::ReadUntracked
            | Self::ReadQuarantine
            | Self::ReadTeam
            | Self::ReadChanges
            | Self::ReadLog
            | Self::ReadMetrics
            | Self::ReadCategories
            | Self::ReadTags
            | Self::ReadClients
            | Self::ReadCampaigns
            | Self::ReadLeads
            | Self::ReadMailboxes => KeyLevel::Read,
            Self::Triage | Self::Assign | Self::SendMail | Self::AttachUntracked => KeyLevel::Reply,
            _ => KeyLevel::Manage,
        }
    }

    /// Whether a key of this level has it.
    ///
    /// # Errors
    /// [`Denied::Key`].
    pub fn check_key(self, level: KeyLevel) -> Result<(), Denied> {
        if level < self.key_level() { Err(Denied::Key) } else { Ok(()) }
    }

    /// Whether a caller of this role has it; `restricted` says that the caller sees one client only.
    ///
    /// # Errors
    /// Why not.
    pub fn check(self, role: Role, restricted: bool) -> Result<(), Denied> {
        let grant = self.grant();
        if restricted && !grant.restricted {
            return Err(Denied::Restricted);
        }
        // Roles are ordered from most rights to fewest.
        if role > grant.least_role {
            return Err(Denied::Role);
        }
        Ok(())
    }
}

/// Whether a caller of role `own` may make a member of role `given`, or a key of such a member.
///
/// # Errors
/// [`Denied::HigherRole`].
pub fn may_give(own: Role, given: Role) -> Result<(), Denied> {
    // Roles are ordered from most rights to fewest.
    if given < own { Err(Denied::HigherRole) } else { Ok(()) }
}

/// Whether a caller may change or delete what `author` wrote, such as a note. Authors may change their own, owners and
/// admins of the account everything. What the operator wrote (no author) is the team's: everybody may who sees it.
/// `restricted` says that the caller sees one client only.
///
/// # Errors
/// [`Denied::OtherAuthor`].
pub fn may_change(
    caller: Option<MemberId>,
    role: Role,
    restricted: bool,
    author: Option<MemberId>,
) -> Result<(), Denied> {
    let manages = !restricted && role <= Role::Admin;
    if manages || author.is_none() || author == caller { Ok(()) } else { Err(Denied::OtherAuthor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_and_managers_change_what_was_written() {
        let [ann, bo] = [Some(MemberId(1)), Some(MemberId(2))];
        let may = |role, restricted, author| may_change(ann, role, restricted, author).is_ok();
        for role in [Role::Owner, Role::Admin, Role::Member] {
            for restricted in [false, true] {
                assert!(may(role, restricted, ann) && may(role, restricted, None));
                assert_eq!(may(role, restricted, bo), !restricted && role != Role::Member);
            }
        }
    }

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (place, grant) in GRANTS.iter().enumerate() {
            assert_eq!(grant.permission as usize, place, "{:?}", grant.permission);
        }
    }

    #[test]
    fn a_role_with_more_rights_has_every_permission_of_one_with_fewer() {
        for grant in GRANTS {
            let has = |role| grant.permission.check(role, false).is_ok();
            assert!(has(Role::Owner));
            assert!(has(Role::Admin) || !has(Role::Member), "{:?}", grant.permission);
        }
        assert_eq!(Permission::ManageMailboxes.check(Role::Member, false), Err(Denied::Role));
        assert_eq!(Permission::ManageMailboxes.check(Role::Admin, false), Ok(()));
    }

    #[test]
    fn a_key_to_read_changes_nothing_and_one_to_reply_manages_nothing() {
        for grant in GRANTS {
            let name = format!("{:?}", grant.permission);
            let reads = name.starts_with("Read");
            assert_eq!(grant.permission.check_key(KeyLevel::Read).is_ok(), reads, "{name}");
            let manages =
                name.starts_with("Manage") || name.starts_with("Delete") || name.starts_with("Block");
            assert!(!manages || grant.permission.check_key(KeyLevel::Reply).is_err(), "{name}");
            assert_eq!(grant.permission.check_key(KeyLevel::Manage), Ok(()), "{name}");
        }
        assert_eq!(Permission::SendMail.check_key(KeyLevel::Reply), Ok(()));
    }

    #[test]
    fn nobody_gives_more_rights_than_their_own() {
        let roles = [Role::Owner, Role::Admin, Role::Member];
        let given = |own: Role| roles.map(|role| may_give(own, role).is_ok());
        assert_eq!(roles.map(given), [[true, true, true], [false, true, true], [false, false, true]]);
    }

    #[test]
    fn a_caller_restricted_to_a_client_manages_nothing_of_the_team() {
        assert_eq!(Permission::ManageMailboxes.check(Role::Owner, true), Err(Denied::Restricted));
        assert_eq!(Permission::ReadMetrics.check(Role::Owner, true), Err(Denied::Restricted));
        assert_eq!(Permission::Triage.check(Role::Member, true), Ok(()));
    }
}
