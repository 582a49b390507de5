//! How much a fault test does: little by itself, the full figures where `cargo xtask soak` sets them.

/// The figure of this environment variable, or the small one of an ordinary run.
pub fn figure(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")),
        Err(_) => otherwise,
    }
}

/// Whether this is the long run, which has the machine to itself.
pub fn is_soak() -> bool {
    figure("CREWBOX_SOAK", 0) == 1
}
