//! What must hold of an index at any moment, for property tests and `doctor`.

use super::Index;
use super::plane;
use super::rows::Rows;
use super::schema::COUNTED;
use super::shelf::{Shelf, coarse};

impl Index {
    /// Verifies that every row is exactly on its shelves, in order, and that heads, planes and the due
    /// set agree with the rows.
    ///
    /// # Errors
    ///
    /// The first thing that does not hold, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        let everyone = |_: u32| true;
        for shelf in &self.all {
            self.check_shelf(shelf, true, everyone)?;
        }
        for (owner, pair) in (0_u32..).zip(&self.owned) {
            for shelf in pair {
                self.check_shelf(shelf, false, |slot| self.rows.get(slot).codes.owner == owner)?;
            }
        }
        let due = self.rows.slots().filter(|slot| self.rows.get(*slot).snoozed);
        let mut count = 0;
        for slot in due {
            let until = self.rows.get(slot).snoozed_until;
            ensure(self.due.contains(&(until, slot)), || format!("slot {slot} is snoozed but never due"))?;
            ensure(until > self.settled, || format!("slot {slot} should have woken"))?;
            count += 1;
        }
        ensure(count == self.due.len(), || "the due set holds rows that are not snoozed".to_owned())
    }

    fn check_shelf(
        &self,
        shelf: &Shelf,
        with_owner: bool,
        belongs: impl Fn(u32) -> bool,
    ) -> Result<(), String> {
        let expected = self.rows.slots().filter(|slot| belongs(*slot)).count();
        let held: usize = shelf.blocks.iter().map(|block| block.len()).sum();
        ensure(expected == held, || format!("a shelf holds {held} rows instead of {expected}"))?;
        ensure(shelf.heads.len() == shelf.blocks.len(), || "as many heads as blocks".to_owned())?;
        let mut last = None;
        for (head, block) in shelf.heads.iter().zip(&shelf.blocks) {
            let len = block.len();
            ensure((1..=self.capacity).contains(&len), || format!("a block of {len} rows"))?;
            ensure(head.len as usize == len, || "a head's length".to_owned())?;
            let keys = keys(shelf, block.slots.as_slice(), &self.rows);
            ensure(head.first == keys[0] && head.last == keys[len - 1].0, || "a head's keys".to_owned())?;
            for (at, key) in keys.into_iter().enumerate() {
                ensure(last < Some(key), || format!("rows out of order: {last:?} before {key:?}"))?;
                last = Some(key);
                let slot = block.slots[at];
                ensure(belongs(slot), || format!("slot {slot} on a shelf not its own"))?;
                let row = self.rows.get(slot);
                ensure(block.times[at] == key.0, || format!("slot {slot}: time"))?;
                if let Some(other) = shelf.other_of(row) {
                    ensure(block.others.get(at) == Some(&other), || format!("slot {slot}: other time"))?;
                    let inside = (head.other_low..=head.other_high).contains(&coarse(row.reply));
                    ensure(other == 0 || inside, || "a head's other times".to_owned())?;
                }
                let mut planes = Vec::new();
                let common = self.schema.planes_of(row, &mut planes);
                planes.truncate(if with_owner { planes.len() } else { common });
                let tags: Vec<u32> = self.schema.tags().map(|(_, plane)| plane).collect();
                for (number, plane) in block.planes() {
                    let expected = planes.contains(&number);
                    let agrees = tags.contains(&number) || plane::get(plane, at) == expected;
                    ensure(agrees, || format!("slot {slot}: plane {number}"))?;
                }
                for number in planes {
                    ensure(block.has(number, at), || format!("slot {slot}: plane {number} is absent"))?;
                }
            }
            for (number, plane) in block.planes() {
                let set = plane::count(plane);
                let rows = (0..len).filter(|at| plane::get(plane, *at)).count();
                ensure(set as usize == rows, || format!("plane {number} is set past its rows"))?;
            }
            for number in 0..COUNTED {
                let set = block.plane(number as u32).map_or(0, plane::count);
                ensure(u32::from(head.counts[number]) == set, || {
                    format!("a head's count of plane {number}")
                })?;
            }
        }
        for pair in shelf.heads.windows(2) {
            let full = (pair[0].len + pair[1].len) as usize;
            ensure(2 * full + 2 >= self.capacity, || {
                format!("neighbours of {full} rows should have merged")
            })?;
        }
        Ok(())
    }
}

fn keys(shelf: &Shelf, slots: &[u32], rows: &Rows) -> Vec<(i64, u64)> {
    slots.iter().map(|slot| (shelf.time_of(rows.get(*slot)), rows.get(*slot).id)).collect()
}

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message()) }
}
