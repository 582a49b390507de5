//! `crewbox team`, beside a server and alone.

use serde_json::{Value, json};

use crate::drive::House;

#[test]
fn figures_of_the_team_are_json_lines_where_no_terminal_is() {
    let house = House::new();
    let lines = |words: &[&str]| -> Vec<Value> {
        let shown = house.run(words).out;
        shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let load = lines(&["team", "load"]);
    assert_eq!(load.len(), 2, "Ann and nobody: {load:?}");
    assert_eq!((&load[0]["assigned_total"], &load[0]["oldest_waiting_at"]), (&json!(0), &Value::Null));
    assert_eq!((&load[1]["name"], &load[1]["open"]), (&json!("(nobody)"), &json!(0)));
    let performance = lines(&["team", "performance", "--from", "2027-01-01", "--to", "2027-01-31"]);
    assert_eq!(performance.len(), 1);
    let none = json!({"median": null, "p90": null, "count": 0});
    assert_eq!((&performance[0]["replies_sent"], &performance[0]["response_seconds"]), (&json!(0), &none));
    let wrong = ["team", "performance", "--from", "2027-02-01", "--to", "2027-01-01"];
    house.run(&wrong).fails(2, "must not be after to");
}
