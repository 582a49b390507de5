//! A block: up to [`ROWS`] rows of a shelf in order, as columns. Knows positions, not keys: finding the
//! position and keeping the head right is the shelf's part.

use super::plane::{self, EMPTY, Plane, ROWS};

/// A plane the block does not hold: no row of it is set there.
const ABSENT: u32 = u32::MAX;

/// Columns of a stretch of rows, ascending by (time, conversation id).
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) times: Vec<i64>,
    pub(super) slots: Vec<u32>,
    /// The other time of each row, coarse; only on shelves that are filtered by it.
    pub(super) others: Vec<u32>,
    /// By plane number, where it lies in `planes`. A block holds only the planes some row is set in.
    places: Vec<u32>,
    planes: Vec<Plane>,
}

impl Block {
    /// A block of these rows, set in no plane yet.
    pub(super) fn of(times: Vec<i64>, slots: Vec<u32>) -> Self {
        Self { times, slots, ..Self::default() }
    }

    /// Makes room for so many planes, of numbers below `numbers`, and no more.
    pub(super) fn reserve(&mut self, planes: usize, numbers: usize) {
        self.planes.reserve_exact(planes);
        self.places.reserve_exact(numbers);
    }

    /// Puts a whole plane in.
    pub(super) fn set_plane(&mut self, number: u32, rows: &Plane) {
        *self.plane_mut(number) = *rows;
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Where a plane lies, as a number that says nothing by itself: for fetching it ahead.
    pub(super) fn place(&self, number: u32) -> u32 {
        self.places.get(number as usize).copied().unwrap_or(ABSENT)
    }

    /// A plane, if any row was ever set in it.
    pub(super) fn plane(&self, number: u32) -> Option<&Plane> {
        match self.places.get(number as usize) {
            Some(&place) if place != ABSENT => Some(&self.planes[place as usize]),
            _ => None,
        }
    }

    /// Whether a row is set in a plane.
    pub(super) fn has(&self, number: u32, row: usize) -> bool {
        self.plane(number).is_some_and(|plane| plane::get(plane, row))
    }

    fn plane_mut(&mut self, number: u32) -> &mut Plane {
        let number = number as usize;
        if self.places.len() <= number {
            self.places.reserve_exact(number + 1 - self.places.len());
            self.places.resize(number + 1, ABSENT);
        }
        if self.places[number] == ABSENT {
            self.places[number] = self.planes.len() as u32;
            if self.planes.len() == self.planes.capacity() {
                self.planes.reserve_exact(4);
            }
            self.planes.push(EMPTY);
        }
        &mut self.planes[self.places[number] as usize]
    }

    /// Sets or clears one plane of a row.
    pub(super) fn put(&mut self, number: u32, row: usize, on: bool) {
        if on || self.plane(number).is_some() {
            plane::put(self.plane_mut(number), row, on);
        }
    }

    /// Puts a row in at a position.
    pub(super) fn insert(&mut self, row: usize, time: i64, slot: u32, other: Option<u32>, planes: &[u32]) {
        let len = self.len();
        if row < len {
            for plane in &mut self.planes {
                plane::open(plane, row, len);
            }
        }
        insert(&mut self.times, row, time);
        insert(&mut self.slots, row, slot);
        if let Some(other) = other {
            insert(&mut self.others, row, other);
        }
        for number in planes {
            plane::put(self.plane_mut(*number), row, true);
        }
    }

    /// Replaces what a row holds but its place in the order.
    pub(super) fn replace(&mut self, row: usize, other: Option<u32>, planes: &[u32]) {
        if let Some(other) = other {
            self.others[row] = other;
        }
        for plane in &mut self.planes {
            plane::put(plane, row, false);
        }
        for number in planes {
            plane::put(self.plane_mut(*number), row, true);
        }
    }

    /// Takes a row out.
    pub(super) fn remove(&mut self, row: usize) {
        let len = self.len();
        remove(&mut self.times, row);
        remove(&mut self.slots, row);
        if !self.others.is_empty() {
            remove(&mut self.others, row);
        }
        for plane in &mut self.planes {
            plane::close(plane, row, len);
        }
    }

    /// Cuts off the rows from `at` on.
    pub(super) fn split(&mut self, at: usize) -> Self {
        let mut upper = Self {
            times: self.times.split_off(at),
            slots: self.slots.split_off(at),
            others: if self.others.is_empty() { Vec::new() } else { self.others.split_off(at) },
            ..Self::default()
        };
        fit(&mut self.times);
        fit(&mut self.slots);
        fit(&mut self.others);
        for number in self.numbers() {
            let moved = plane::cut(self.plane_mut(number), at);
            if moved != EMPTY {
                *upper.plane_mut(number) = moved;
            }
        }
        upper
    }

    /// Puts all rows of the block above behind its own.
    pub(super) fn join(&mut self, upper: &Self) {
        let at = self.len();
        debug_assert!(at + upper.len() <= ROWS);
        append(&mut self.times, &upper.times);
        append(&mut self.slots, &upper.slots);
        append(&mut self.others, &upper.others);
        for number in upper.numbers() {
            if let Some(rows) = upper.plane(number)
                && *rows != EMPTY
            {
                plane::join(self.plane_mut(number), at, rows);
            }
        }
    }

    fn numbers(&self) -> Vec<u32> {
        (0_u32..).zip(&self.places).filter(|(_, place)| **place != ABSENT).map(|(number, _)| number).collect()
    }

    /// Every plane with its number, for the invariants.
    pub(super) fn planes(&self) -> impl Iterator<Item = (u32, &Plane)> {
        self.numbers().into_iter().filter_map(|number| Some((number, self.plane(number)?)))
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.times.capacity() * size_of::<i64>()
            + (self.slots.capacity() + self.others.capacity() + self.places.capacity()) * size_of::<u32>()
            + self.planes.capacity() * size_of::<Plane>()
    }
}

/// Columns grow and shrink by a quarter: doubling would leave a third of the index's keys unused.
fn insert<T>(column: &mut Vec<T>, row: usize, value: T) {
    if column.len() == column.capacity() {
        column.reserve_exact((column.len() / 4).max(8));
    }
    column.insert(row, value);
}

fn remove<T>(column: &mut Vec<T>, row: usize) {
    column.remove(row);
    if column.capacity() > column.len() * 3 / 2 + 8 {
        fit(column);
    }
}

fn append<T: Copy>(column: &mut Vec<T>, values: &[T]) {
    column.reserve_exact(values.len());
    column.extend_from_slice(values);
}

fn fit<T>(column: &mut Vec<T>) {
    column.shrink_to(column.len() + column.len() / 8);
}
