//! Bit planes: one bit a row of a block. The loops run over fixed-size arrays in functions that are never
//! inlined, which is what makes the compiler vectorise them for any x86-64; they know nothing of fields.

/// Words of a plane.
pub(super) const WORDS: usize = 32;
/// Rows a plane holds: the most a block may have. Smaller blocks cost more per query at ten million rows
/// (512 rows: eight times the p99), larger ones more per update.
pub(super) const ROWS: usize = WORDS * 64;

/// One bit a row. Bits at and past a block's length are always clear.
pub(super) type Plane = [u64; WORDS];

/// No row.
pub(super) const EMPTY: Plane = [0; WORDS];

/// The rows `start..end`.
pub(super) fn span(start: usize, end: usize) -> Plane {
    let mut plane = EMPTY;
    if start < end {
        let (first, last) = (start / 64, (end - 1) / 64);
        plane[first..=last].fill(u64::MAX);
        plane[first] &= !low(start % 64);
        plane[last] &= low(end - last * 64);
    }
    plane
}

/// The lowest `n` bits of a word; all of them from 64 on.
const fn low(n: usize) -> u64 {
    if n >= 64 { u64::MAX } else { (1 << n) - 1 }
}

/// `out = plane & then`.
#[inline(never)]
pub(super) fn both(out: &mut Plane, plane: &Plane, then: &Plane) {
    for i in 0..WORDS {
        out[i] = plane[i] & then[i];
    }
}

/// `out = otherwise & !plane`.
#[inline(never)]
pub(super) fn without(out: &mut Plane, plane: &Plane, otherwise: &Plane) {
    for i in 0..WORDS {
        out[i] = otherwise[i] & !plane[i];
    }
}

/// Per row: `then` where the plane is set, `otherwise` where it is not.
#[inline(never)]
pub(super) fn choose(out: &mut Plane, plane: &Plane, then: &Plane, otherwise: &Plane) {
    for i in 0..WORDS {
        out[i] = otherwise[i] ^ (plane[i] & (then[i] ^ otherwise[i]));
    }
}

/// How many rows are set. Counts bytes in parallel: the default target has no population count.
#[inline(never)]
pub(super) fn count(plane: &Plane) -> u32 {
    let mut total = 0;
    // Sixteen words of at most eight a byte stay below 256.
    for half in plane.chunks_exact(16) {
        let mut bytes = 0_u64;
        for &word in half {
            let pairs = word - ((word >> 1) & 0x5555_5555_5555_5555);
            let nibbles = (pairs & 0x3333_3333_3333_3333) + ((pairs >> 2) & 0x3333_3333_3333_3333);
            bytes += (nibbles + (nibbles >> 4)) & 0x0f0f_0f0f_0f0f_0f0f;
        }
        let wide = (bytes & 0x00ff_00ff_00ff_00ff) + ((bytes >> 8) & 0x00ff_00ff_00ff_00ff);
        total += (wide.wrapping_mul(0x0001_0001_0001_0001) >> 48) as u32;
    }
    total
}

/// A word of sixty-four rows, given as a 0 or a 1 each.
pub(super) fn packed(rows: &[u8; 64]) -> u64 {
    let mut word = 0;
    for (byte, rows) in rows.as_chunks::<8>().0.iter().enumerate() {
        // The product's top byte gathers the lowest bit of every byte.
        word |= (u64::from_le_bytes(*rows).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * byte);
    }
    word
}

/// Reads every line of cache a plane lies in.
pub(super) const fn touch(plane: &Plane) -> u64 {
    plane[0] ^ plane[8] ^ plane[16] ^ plane[24] ^ plane[WORDS - 1]
}

/// Whether a row is set.
pub(super) const fn get(plane: &Plane, row: usize) -> bool {
    plane[row / 64] >> (row % 64) & 1 == 1
}

/// Sets or clears a row.
pub(super) const fn put(plane: &mut Plane, row: usize, on: bool) {
    let bit = 1 << (row % 64);
    if on {
        plane[row / 64] |= bit;
    } else {
        plane[row / 64] &= !bit;
    }
}

/// Makes room for a row, clear, moving those from it on up by one. `len` rows are in use, less than all.
#[inline(never)]
pub(super) fn open(plane: &mut Plane, row: usize, len: usize) {
    let (word, last) = (row / 64, len / 64);
    let used = &mut plane[word..=last];
    let mut carry = 0;
    let below = low(row % 64);
    let kept = used[0] & below;
    used[0] &= !below;
    for bits in used.iter_mut() {
        let next = *bits >> 63;
        *bits = *bits << 1 | carry;
        carry = next;
    }
    used[0] |= kept;
}

/// Takes a row out, moving those above it down by one. `len` rows are in use.
#[inline(never)]
pub(super) fn close(plane: &mut Plane, row: usize, len: usize) {
    let (word, last) = (row / 64, (len - 1) / 64);
    let used = &mut plane[word..=last];
    let below = low(row % 64);
    let kept = used[0] & below;
    for i in 1..used.len() {
        used[i - 1] = used[i - 1] >> 1 | used[i] << 63;
    }
    if let Some(bits) = used.last_mut() {
        *bits >>= 1;
    }
    used[0] = kept | used[0] & !below;
}

/// Cuts off the rows from `at` on and returns them as a plane of their own.
pub(super) fn cut(plane: &mut Plane, at: usize) -> Plane {
    let (skip, shift) = (at / 64, at % 64);
    let mut upper = EMPTY;
    for (i, word) in upper.iter_mut().enumerate().take(WORDS - skip) {
        let high = if shift > 0 && i + skip + 1 < WORDS { plane[i + skip + 1] << (64 - shift) } else { 0 };
        *word = plane[i + skip] >> shift | high;
    }
    let kept = span(0, at);
    for i in 0..WORDS {
        plane[i] &= kept[i];
    }
    upper
}

/// Puts `upper`'s rows behind the first `at` rows; what does not fit falls off.
pub(super) fn join(plane: &mut Plane, at: usize, upper: &Plane) {
    let (skip, shift) = (at / 64, at % 64);
    for i in skip..WORDS {
        let carried = if shift > 0 && i > skip { upper[i - skip - 1] >> (64 - shift) } else { 0 };
        plane[i] |= upper[i - skip] << shift | carried;
    }
}

/// Appends to `out` the slots of set rows from the last row down: skips `skip` of them, takes `take`.
pub(super) fn pick(plane: &Plane, slots: &[u32], mut skip: u32, mut take: usize, out: &mut Vec<u32>) {
    for (word, &bits) in plane.iter().enumerate().rev() {
        let here = bits.count_ones();
        if skip >= here {
            skip -= here;
            continue;
        }
        let mut bits = bits;
        while bits != 0 && take > 0 {
            let top = 63 - bits.leading_zeros() as usize;
            bits &= !(1 << top);
            if skip > 0 {
                skip -= 1;
                continue;
            }
            out.push(slots[word * 64 + top]);
            take -= 1;
        }
        if take == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u64) -> Plane {
        let mut state = seed;
        std::array::from_fn(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state ^ state >> 29
        })
    }

    fn rows(plane: &Plane) -> Vec<bool> {
        (0..ROWS).map(|row| get(plane, row)).collect()
    }

    #[test]
    fn counting_agrees_with_the_bits() {
        assert_eq!(count(&[u64::MAX; WORDS]), 2048);
        assert_eq!(count(&EMPTY), 0);
        for seed in 0..20 {
            let plane = noise(seed);
            assert_eq!(count(&plane), plane.iter().map(|word| word.count_ones()).sum::<u32>());
        }
    }

    #[test]
    fn opening_and_closing_move_rows_as_in_a_vector() {
        for (seed, row) in [(1, 0), (2, 63), (3, 64), (4, 65), (5, 1000), (6, 2046), (7, 2047)] {
            let mut plane = noise(seed);
            let (mut closed, mut expected) = (plane, rows(&plane));
            close(&mut closed, row, ROWS);
            expected.remove(row);
            expected.push(false);
            assert_eq!(rows(&closed), expected, "close {row}");
            put(&mut plane, ROWS - 1, false);
            let (mut opened, mut expected) = (plane, rows(&plane));
            open(&mut opened, row, ROWS - 1);
            expected.insert(row, false);
            expected.pop();
            assert_eq!(rows(&opened), expected, "open {row}");
        }
    }

    #[test]
    fn what_is_cut_can_be_joined_again() {
        for at in [1, 63, 64, 65, 1024, 1500, 2047] {
            let plane = noise(at as u64);
            let mut lower = plane;
            let upper = cut(&mut lower, at);
            assert_eq!(rows(&upper)[..ROWS - at], rows(&plane)[at..], "cut at {at}");
            assert_eq!(count(&lower) + count(&upper), count(&plane));
            join(&mut lower, at, &upper);
            assert_eq!(lower, plane, "join at {at}");
        }
    }

    #[test]
    fn packing_keeps_the_order_of_rows() {
        let plane = noise(9);
        let bytes: [u8; 64] = std::array::from_fn(|row| u8::from(get(&plane, row)));
        assert_eq!(packed(&bytes), plane[0]);
    }

    #[test]
    fn a_span_is_its_rows() {
        for (start, end) in [(0, 0), (0, 2048), (5, 64), (64, 128), (63, 65), (100, 1999)] {
            let expected: Vec<bool> = (0..ROWS).map(|row| row >= start && row < end).collect();
            assert_eq!(rows(&span(start, end)), expected);
        }
    }

    #[test]
    fn picking_goes_from_the_last_row_down() {
        let slots: Vec<u32> = (0..2048).collect();
        let mut plane = EMPTY;
        for row in [3, 64, 65, 700, 2047] {
            put(&mut plane, row, true);
        }
        let mut out = Vec::new();
        pick(&plane, &slots, 1, 3, &mut out);
        assert_eq!(out, [700, 65, 64]);
        pick(&plane, &slots, 4, 9, &mut out);
        assert_eq!(out, [700, 65, 64, 3]);
    }
}
