//! How long a call takes with an id of another owner, against an id that nothing has: nobody learns by a watch what there is.

use std::time::{Duration, Instant};

use crewbox_testkit::figures::{figure, is_soak};

use super::super::cost::AGAIN;
use super::super::routes::Call;
use super::{Attack, ONE, TWO};

/// The difference may be this part of the time of a call on one machine, of which a network makes a smaller part.
const PART: f64 = 0.1;

impl Attack {
    /// Compares calls that read, by a client's key, with ids of the other client.
    pub(super) fn compare_times(&self, calls: &[Call]) {
        let rounds = figure("CREWBOX_TIMED_CALLS", 4);
        println!("CREWBOX_TIMED_CALLS={rounds}");
        let who = self.identities.iter().position(|identity| identity.sees == [ONE]).unwrap();
        let other = self.owners.iter().find(|owner| owner.word == TWO).unwrap();
        let mut timed = Vec::new();
        for call in calls.iter().filter(|call| call.method == "GET" && !call.names().is_empty()) {
            let requests =
                [other, &self.nothing].map(|owner| call.filled(|name| owner.values[name].as_str()));
            if self.send(who, call, &requests[0]).status != 404 {
                continue;
            }
            let measure = || {
                let mut times = [Vec::new(), Vec::new()];
                for round in 0..rounds {
                    for place in [[0, 1], [1, 0]][usize::from(round % 2 == 1)] {
                        let since = Instant::now();
                        let status = self.send(who, call, &requests[place]).status;
                        times[place].push(since.elapsed());
                        assert_eq!(status, 404, "GET {}", call.path);
                    }
                }
                let [foreign, missing] = times.map(median);
                let part = foreign.abs_diff(missing).as_secs_f64() / missing.as_secs_f64();
                (part, foreign, missing, format!("GET {}", call.path))
            };
            // What an id gives away, it gives away each time; what else the machine does is at one time only.
            let mut least = measure();
            for _ in 0..AGAIN {
                if least.0 <= PART {
                    break;
                }
                let again = measure();
                if again.0 < least.0 {
                    least = again;
                }
            }
            timed.push(least);
        }
        timed.sort_by(|one, other| other.0.total_cmp(&one.0));
        for (part, foreign, missing, path) in timed.iter().take(8) {
            println!("{:.1} %: {foreign:.1?}, {missing:.1?} for a missing one: {path}", 100.0 * part);
        }
        // A sample may have no call that reads.
        let Some((part, foreign, missing, path)) = timed.first() else {
            assert!(!is_soak(), "no call was timed");
            return;
        };
        println!(
            "soak: identities: {} calls that read, {rounds} times each: a foreign and a missing id differ by at most {:.1} %: \
             {foreign:.1?} and {missing:.1?} ({path})",
            timed.len(),
            100.0 * part
        );
        // Few calls tell nothing about a time.
        assert!(!is_soak() || *part <= PART, "{path}: {foreign:?} and {missing:?}");
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
