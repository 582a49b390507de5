//! Leads out of CSV files.

use serde_json::Value;

use crate::drive::House;

#[test]
fn good_rows_are_kept_and_bad_ones_named() {
    let house = House::new();
    let csv = "E-Mail,First Name,Last Name,Company,Favourite tea\n\
               ann@x.example,Ann,Lee,X Ltd,Assam\n\
               nobody,No,Body,,\n\
               bo@y.example,Bo,Berg,\"Y, Inc\",\n\
               ,Nameless,,,\n\
               ann@x.example,Ann,Again,,\n";
    let file = house.file("leads.csv", csv);
    let said = house.run(&["import", "leads", "--campaign", "Spring", &file]);
    let result = said.json();
    assert_eq!((result["added"].as_u64(), result["skipped"].as_u64()), (Some(2), Some(3)));
    for words in ["row 3:", "row 5:", "→ first name", "→ custom field"] {
        assert!(said.err.contains(words), "no `{words}` in {}", said.err);
    }
    let again = house.run(&["import", "leads", "--campaign", "Spring", &file]).json();
    assert_eq!(
        (again["added"].as_u64(), again["campaign_id"].clone()),
        (Some(0), result["campaign_id"].clone())
    );

    let server = house.serve();
    let path = format!("/campaigns/{}/leads", result["campaign_id"]);
    let leads = server.call("GET", &path, &house.key, &Value::Null).json();
    assert_eq!(leads["total_leads"], "2");
}

#[test]
fn old_encodings_and_other_delimiters_are_read() {
    let house = House::new();
    let file = house.file("alt.csv", b"Vorname;Mail\nJ\xfcrgen;j@x.example\n");
    let said = house.run(&["import", "leads", "--campaign", "Alt", &file]);
    assert_eq!(said.json()["added"], 1);
    assert!(said.err.contains("Windows-1252"));
    let file = house.file("bom.tsv", b"\xef\xbb\xbfemail\tname\nk@x.example\tK L\n");
    assert_eq!(house.run(&["import", "leads", "--campaign", "Alt", &file]).json()["added"], 1);
}

#[test]
fn a_file_that_cannot_be_used_changes_nothing() {
    let house = House::new();
    let file = house.file("none.csv", "first,last\na,b\n");
    house.run(&["import", "leads", "--campaign", "None", &file]).fails(2, "no column is an e-mail address");
    house.run(&["import", "leads", "--campaign", "None", "/nowhere/leads.csv"]).fails(2, "cannot read");
    let server = house.serve();
    assert_eq!(server.call("GET", "/campaigns/", &house.key, &Value::Null).json(), serde_json::json!([]));
}
