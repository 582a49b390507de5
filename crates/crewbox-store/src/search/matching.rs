//! Looks a term's steps up in one segment: which tokens of the dictionary match, at which positions, and
//! where they follow each other.

use memchr::memmem::Finder;
use rusqlite::{Connection, OptionalExtension as _};

use super::posting::{self, Positions};
use super::segment::Segment;
use super::token::{MARK, Step};

/// Of one row of the dictionary, the tokens that match, ascending.
struct Tokens {
    /// The row's key, which is that of its first token.
    row: i64,
    at: Vec<u32>,
}

/// With so few candidates in a segment, their texts are read faster than [`MANY`] tokens' places.
const FEW: usize = 64;
/// So many different tokens are a lot to look up: words that end in an "e".
const MANY: usize = 500;

/// Where in a segment a term begins.
#[derive(Default)]
pub(super) struct Matches {
    pub(super) positions: Positions,
    /// It may begin there, and nowhere else; the text decides.
    pub(super) doubtful: bool,
}

/// Where in a segment a term begins.
pub(super) fn matching(
    db: &Connection,
    segment: &Segment,
    steps: &[Step],
) -> Result<Matches, rusqlite::Error> {
    let tokens = tokens(db, segment, steps)?;
    if steps.iter().zip(&tokens).any(|(step, tokens)| tokens.is_empty() && !step.or_word) {
        return Ok(Matches::default());
    }
    let mut order: Vec<(usize, &Step, Vec<Tokens>)> =
        steps.iter().zip(tokens).enumerate().map(|(at, (step, tokens))| (at, step, tokens)).collect();
    // What is rare first; what only takes away last.
    order.sort_by_key(|(_, step, tokens)| (step.or_word, count(tokens)));
    let mut all: Option<Positions> = None;
    for (at, step, tokens) in &order {
        if count(tokens) > MANY && all.as_ref().is_some_and(|all| !all.more_than(FEW)) {
            return Ok(Matches { positions: all.unwrap_or_default(), doubtful: true });
        }
        let mut positions = Positions::none(segment.positions);
        add(db, tokens, u32::try_from(*at).unwrap_or(u32::MAX), &mut positions)?;
        match &mut all {
            Some(all) if step.or_word => all.keep_not(&positions),
            Some(all) => all.keep(&positions),
            None => all = Some(positions),
        }
        if all.as_ref().is_some_and(|all| !all.more_than(0)) {
            break;
        }
    }
    Ok(Matches { positions: all.unwrap_or_default(), doubtful: false })
}

fn count(tokens: &[Tokens]) -> usize {
    tokens.iter().map(|row| row.at.len()).sum()
}

/// The tokens that match each step; of a step that may be a word, the others that do not.
fn tokens(db: &Connection, segment: &Segment, steps: &[Step]) -> Result<Vec<Vec<Tokens>>, rusqlite::Error> {
    let finders: Vec<Finder<'_>> = steps.iter().map(|step| Finder::new(&step.needle)).collect();
    let mut found: Vec<Vec<Tokens>> = steps.iter().map(|_| Vec::new()).collect();
    let mut rows =
        db.prepare_cached("SELECT id, kind, tokens FROM dictionary WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
    let mut rows = rows.query([segment.base(), segment.base() + i64::from(segment.tokens)])?;
    while let Some(row) = rows.next()? {
        let (key, kind) = (row.get(0)?, row.get::<_, u8>(1)?);
        if !steps.iter().any(|step| step.kind as u8 == kind) {
            continue;
        }
        let dictionary = row.get_ref(2)?.as_blob()?;
        for ((step, finder), found) in steps.iter().zip(&finders).zip(&mut found) {
            if step.kind as u8 != kind {
                continue;
            }
            let mut at = matches(dictionary, finder);
            if step.or_word {
                at = others(dictionary, &at);
            }
            if !at.is_empty() {
                found.push(Tokens { row: key, at });
            }
        }
    }
    Ok(found)
}

/// The tokens of a dictionary row that match, ascending.
fn matches(dictionary: &[u8], finder: &Finder<'_>) -> Vec<u32> {
    let inside = usize::from(finder.needle().first() == Some(&MARK));
    let (mut found, mut from, mut counted, mut marks) = (Vec::new(), 0, 0, 0_u32);
    while let Some(hit) =
        dictionary.get(from..).and_then(|rest| finder.find(rest)).map(|at| at + from + inside)
    {
        marks += count_marks(&dictionary[counted..hit]);
        counted = hit;
        found.push(marks - 1);
        let Some(end) = memchr::memchr(MARK, &dictionary[hit..]) else { break };
        from = hit + end;
    }
    found
}

/// The tokens of a dictionary row that are not these.
fn others(dictionary: &[u8], these: &[u32]) -> Vec<u32> {
    let mut these = these.iter().peekable();
    (0..count_marks(dictionary) - 1).filter(|token| these.next_if_eq(&token).is_none()).collect()
}

fn count_marks(bytes: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(MARK, bytes).count()).unwrap_or(u32::MAX)
}

/// Adds where these tokens stand, `back` positions earlier.
fn add(
    db: &Connection,
    tokens: &[Tokens],
    back: u32,
    positions: &mut Positions,
) -> Result<(), rusqlite::Error> {
    let mut short = db.prepare_cached("SELECT lists FROM list WHERE id = ?1")?;
    let mut long = db.prepare_cached("SELECT list FROM long_list WHERE id = ?1")?;
    for Tokens { row, at } in tokens {
        let mut rows = short.query([row])?;
        let Some(found) = rows.next()? else { continue };
        let mut lists = found.get_ref(0)?.as_blob()?;
        let mut wanted = at.iter();
        let mut next = wanted.next();
        for token in 0.. {
            let Some(this) = next else { break };
            let length = posting::take(&mut lists) as usize;
            let (list, rest) = lists.split_at(length.min(lists.len()));
            lists = rest;
            if *this != token {
                continue;
            }
            next = wanted.next();
            if length > 0 {
                positions.add(list, back);
            } else {
                long.query_row([row + i64::from(token)], |row| {
                    positions.add(row.get_ref(0)?.as_blob()?, back);
                    Ok(())
                })
                .optional()?;
            }
        }
    }
    Ok(())
}
