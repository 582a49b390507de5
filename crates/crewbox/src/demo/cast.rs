//! Who is in the demo: the team, its clients, campaigns, mailboxes, tags and the companies written to.

/// The demo account's name.
pub(super) const ACCOUNT: &str = "Harbour Outreach";

/// The team; the first is the owner and carries the most.
pub(super) const MEMBERS: &[&str] = &[
    "Ana Ribeiro",
    "Ben Okafor",
    "Cleo Lindqvist",
    "Dev Malhotra",
    "Elif Aydin",
    "Finn Gallagher",
    "Gia Moretti",
    "Hugo Laurent",
    "Ines Castro",
    "Jonas Weber",
    "Kira Novak",
    "Leo Tanaka",
    "Maya Singh",
    "Nils Berg",
    "Oona Virtanen",
    "Pia Schmidt",
];

/// Customers of the agency: name and contact.
pub(super) const CLIENTS: &[(&str, &str)] = &[
    ("Lumen Analytics", "office@lumen-analytics.example"),
    ("Kestrel Logistics", "hello@kestrel-logistics.example"),
    ("Fernweh Travel Tech", "team@fernweh.example"),
];

/// A campaign: its name, its client (a place in [`CLIENTS`]), how often it is drawn, and its tags.
pub(super) struct CampaignSeed {
    pub(super) name: &'static str,
    pub(super) client: Option<usize>,
    pub(super) weight: u32,
    pub(super) tags: &'static [usize],
}

pub(super) const CAMPAIGNS: &[CampaignSeed] = &[
    CampaignSeed { name: "Autumn: heads of sales", client: None, weight: 30, tags: &[0] },
    CampaignSeed { name: "Series A founders", client: None, weight: 22, tags: &[0, 3] },
    CampaignSeed { name: "Lumen: data teams DACH", client: Some(0), weight: 14, tags: &[1] },
    CampaignSeed { name: "Lumen: webinar guests", client: Some(0), weight: 9, tags: &[1, 3] },
    CampaignSeed { name: "Kestrel: shippers EU", client: Some(1), weight: 10, tags: &[2] },
    CampaignSeed { name: "Kestrel: win-back", client: Some(1), weight: 5, tags: &[2, 4] },
    CampaignSeed { name: "Fernweh: hotel groups", client: Some(2), weight: 6, tags: &[] },
    CampaignSeed { name: "Conference follow-up", client: None, weight: 4, tags: &[3, 4] },
];

/// Tags with their colours; the first are of campaigns, the last [`OWN_TAGS`] are put on conversations.
pub(super) const TAGS: &[(&str, &str)] = &[
    ("new business", "#2F7D5B"),
    ("analytics", "#3B6FD4"),
    ("logistics", "#8A6D1F"),
    ("warm", "#D9822B"),
    ("last try", "#B3404A"),
    ("pilot", "#7A4FC0"),
    ("needs legal", "#6B7280"),
    ("reference", "#1F8A9E"),
];

/// How many of [`TAGS`], from the end, are conversations' own.
pub(super) const OWN_TAGS: usize = 3;

/// Local parts of each sender's mailboxes.
pub(super) const MAILBOXES_A_SIDE: usize = 3;

/// Domains the mailboxes of the agency itself and of each client are at.
pub(super) const SENDING_DOMAINS: &[&str] =
    &["harbour-outreach.example", "get-lumen.example", "kestrel-mail.example", "fernweh-team.example"];

/// First halves of company names.
pub(super) const STEMS: &[&str] = &[
    "Alder", "Beacon", "Cobalt", "Drift", "Ember", "Fjord", "Granite", "Harrow", "Indigo", "Juniper",
    "Kelvin", "Larch", "Meridian", "Nimbus", "Orchard", "Pioneer", "Quarry", "Ridge", "Sable", "Tundra",
    "Umbra", "Vesper", "Willow", "Yarrow", "Zephyr",
];

/// Second halves.
pub(super) const SUFFIXES: &[&str] = &[
    "Works", "Systems", "Foods", "Mobility", "Health", "Robotics", "Retail", "Energy", "Studios", "Freight",
    "Capital", "Labs",
];

/// What leads do.
pub(super) const TITLES: &[&str] = &[
    "Head of Sales",
    "Founder",
    "Head of Operations",
    "Marketing Lead",
    "Managing Director",
    "Revenue Operations",
    "Customer Success Lead",
];
