//! Leads out of CSV files.

use serde_json::{Value, json};

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
    let output = house.run(&["import", "leads", "--campaign", "Spring", &file]);
    let result = output.json();
    assert_eq!((result["added"].as_u64(), result["skipped"].as_u64()), (Some(2), Some(3)));
    for words in ["row 3:", "row 5:", "→ first name", "→ custom field"] {
        assert!(output.err.contains(words), "no `{words}` in {}", output.err);
    }
    let output = house.run(&["import", "leads", "--campaign", "Spring", &file]);
    let again = output.json();
    assert_eq!(
        (again["added"].as_u64(), again["skipped"].as_u64(), again["campaign_id"].clone()),
        (Some(0), Some(5), result["campaign_id"].clone())
    );
    for words in ["row 2: `ann@x.example` is in the campaign already", "row 3:", "row 4:", "row 5:", "row 6:"]
    {
        assert!(output.err.contains(words), "no `{words}` in {}", output.err);
    }

    let server = house.serve();
    let path = format!("/campaigns/{}/leads", result["campaign_id"]);
    let leads = server.call("GET", &path, &house.key, &Value::Null).json();
    assert_eq!(leads["total_leads"], "2");
}

#[test]
fn old_encodings_and_other_delimiters_are_read() {
    let house = House::new();
    let file = house.file("alt.csv", b"Vorname;Mail\nJ\xfcrgen;j@x.example\n");
    let output = house.run(&["import", "leads", "--campaign", "Alt", &file]);
    assert_eq!(output.json()["added"], 1);
    assert!(output.err.contains("Charset windows-1252 (detected), delimiter semicolon"), "{}", output.err);
    let file = house.file("bom.tsv", b"\xef\xbb\xbfemail\tname\nk@x.example\tK L\n");
    assert_eq!(house.run(&["import", "leads", "--campaign", "Alt", &file]).json()["added"], 1);
}

#[test]
fn a_file_that_cannot_be_used_changes_nothing() {
    let house = House::new();
    let file = house.file("none.csv", "first,last\na,b\n");
    house.run(&["import", "leads", "--campaign", "None", &file]).fails(2, "no column is an e-mail address");
    house.run(&["import", "leads", "--campaign", "None", "/nowhere/leads.csv"]).fails(2, "cannot read");
    for (table, words) in
        [("", "it is empty"), ("\r\n\r\n", "it is empty"), ("email,name\r\n", "no row below")]
    {
        let file = house.file("bare.csv", table);
        house.run(&["import", "leads", "--campaign", "None", &file]).fails(2, words);
    }
    let workbook = house.file("leads.xlsx", b"PK\x03\x04\x14\0");
    house.run(&["import", "leads", "--campaign", "None", &workbook]).fails(2, "save the sheet as CSV");
    let server = house.serve();
    assert_eq!(server.call("GET", "/campaigns/", &house.key, &Value::Null).json(), serde_json::json!([]));
}

/// Every row is added, or skipped and told with its number, whatever is wrong with it.
#[test]
fn every_row_is_accounted_for() {
    let house = House::new();
    let csv = "Contacts of spring;;\n\
               ;;\n\
               E-Mail-Adresse;Vollst\u{e4}ndiger Name;Firma\n\
               mailto:Eva@x.example;Eva Koch;X GmbH\n\
               bo@x.example\u{200b}.;Bo Berg;\"Y; Z\"\n\
               \n\
               ;;\n\
               cy@x.example;Cy;\"open\n\
               di@x.example;Di;W\n\
               eva@x.example;Eva again;\n\
               lead@localhost;;\n\
               fay@x.example; gus@x.example;Fay;F Ltd\n\
               \"hal@x.example; ida@x.example\";Hal;\n";
    let file = house.file("leads.csv", csv);
    let output = house.run(&["import", "leads", "--campaign", "Spring", &file]);
    let result = output.json();
    // The names are in the third row; ten rows with anything in them follow, less one that is blank.
    assert_eq!((result["added"].as_u64(), result["skipped"].as_u64()), (Some(4), Some(5)), "{}", output.err);
    for words in [
        "row 7: it is empty",
        "row 8: the quote at the start of `Firma` is never closed",
        "row 10: `eva@x.example` is in an earlier row (4)",
        "row 11: `lead@localhost` is not an e-mail address",
        "row 12: it has 4 fields",
        "row 13: `E-Mail-Adresse` has several addresses: hal@x.example is used, not ida@x.example",
        "1 lines have nothing on them",
    ] {
        assert!(output.err.contains(words), "no `{words}` in {}", output.err);
    }
}

#[test]
fn a_table_names_and_fills_in_the_leads_of_its_campaigns_client_only() {
    let house = House::new();
    let server = house.serve();
    let owner = |path: &str, body: Value| server.call("POST", path, &house.key, &body).json();
    let client = |name: &str| {
        let saved = owner("/client/save", json!({"name": name, "email": format!("{name}@x.example")}));
        owner("/campaigns/create", json!({"name": name, "client_id": saved["clientId"]}));
        let create = ["key", "create", "--email", "ann@acme.example", "--client", name];
        house.run(&create).json()["api_key"].as_str().unwrap().to_owned()
    };
    let (north, south) = (client("North"), client("South"));
    let import = |campaign: &str, table: &str| {
        let file = house.file("leads.csv", table);
        house.run(&["import", "leads", "--campaign", campaign, &file]).json()["added"].as_u64()
    };
    let lead = |key: &str| server.call("GET", "/leads?email=lea@x.example", key, &Value::Null).json();
    assert_eq!(import("North", "email,company,tea\nlea@x.example,Known to North,Assam\n"), Some(1));
    assert_eq!(lead(&south), json!({}));
    assert_eq!(import("South", "email,first name\nlea@x.example,Lea\n"), Some(1));
    assert_eq!(import("South", "email,phone\nlea@x.example,+49 1\n"), Some(0));
    let (of_north, of_south) = (lead(&north), lead(&south));
    assert_eq!((&of_north["first_name"], &of_north["phone_number"]), (&Value::Null, &Value::Null));
    assert_eq!((&of_south["first_name"], &of_south["phone_number"]), (&json!("Lea"), &json!("+49 1")));
    assert_eq!((&of_south["company_name"], &of_south["custom_fields"]), (&Value::Null, &json!({})));
    assert_ne!(of_north["id"], of_south["id"]);
    let file = house.file("leads.csv", "email\nbo@x.example\n");
    owner("/campaigns/create", json!({"name": "North"}));
    let output = house.run(&["import", "leads", "--campaign", "North", &file]);
    output.fails(2, "several campaigns are named `North`");
    let whole = lead(&house.key);
    assert_eq!(whole["lead_campaign_data"].as_array().map(Vec::len), Some(2), "{whole}");
}
