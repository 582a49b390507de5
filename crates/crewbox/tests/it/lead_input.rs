//! The values of a lead: the API and the import accept the same ones, and refuse the others with the same sentence.

use std::ops::Range;

use serde_json::{Map, Value, json};

use crate::drive::House;

/// An address, and whether a lead can have it.
const ADDRESSES: &[(&str, bool)] = &[
    ("lea@lead.example", true),
    ("Lea.Two@Lead.Example", true),
    ("lea@bücher.example", true),
    ("lead@localhost", false),
    ("lea", false),
    ("@lead.example", false),
    ("lea@lead@lead.example", false),
    ("lea@10.0.0.1", false),
];

/// Characters of a field, and whether it can have so many.
const LENGTHS: &[(usize, bool)] = &[(10_000, true), (10_001, false)];

#[test]
fn the_api_and_the_import_accept_and_refuse_the_same_leads() {
    let house = House::new();
    let server = house.serve();
    let import = |campaign: &str, table: &str| {
        let file = house.file("leads.csv", table);
        house.run(&["import", "leads", "--campaign", campaign, &file])
    };
    // The import needs one good row, and makes the API's campaign.
    let first = import("API", "email,company,note\nfirst@lead.example,,\n").json();
    let path = format!("/campaigns/{}/leads", first["campaign_id"]);
    let add = |lead| server.call("POST", &path, &house.key, &json!({"lead_list": [lead]}));
    for (address, good) in ADDRESSES {
        let answer = add(json!({"email": address})).json();
        assert_eq!(answer["added_count"], u64::from(*good), "{address}: {answer}");
        assert_eq!(answer["invalid_email_count"], u64::from(!good), "{address}: {answer}");
        let output = import(address, &format!("email,company\nfirst@lead.example,\n{address},\n"));
        assert_eq!(output.json()["added"], 1 + u64::from(*good), "{address}: {output:?}");
    }
    for (length, good) in LENGTHS {
        let text = "é".repeat(*length);
        let name = format!("length {length}");
        let answer = add(json!({"email": "long@lead.example", "company_name": text}));
        let custom = add(json!({"email": "longer@lead.example", "custom_fields": {"note": text}}));
        let output = import(
            &name,
            &format!(
                "email,company,note\nfirst@lead.example,,\na@lead.example,{text},\nb@lead.example,,{text}\n"
            ),
        );
        assert_eq!(output.json()["added"], 1 + 2 * u64::from(*good), "{length}");
        for (answer, field, column) in
            [(answer, "company_name", "company"), (custom, "custom_fields.note", "note")]
        {
            if *good {
                assert_eq!(answer.status, 200, "{field}, {length}: {}", answer.json());
                continue;
            }
            let field = format!("lead_list[0].{field}");
            assert_eq!((answer.status, &answer.json()["field"]), (422, &json!(field)), "{length}");
            let sentence = answer.json()["error"].as_str().unwrap().replace(&field, &format!("`{column}`"));
            assert!(output.err.contains(&sentence), "no `{sentence}` in {}", output.err);
        }
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_lead_has_at_most_200_custom_fields_over_all_calls_and_imports() {
    let house = House::new();
    let server = house.serve();
    let campaign = |name: &str| {
        server.call("POST", "/campaigns/create", &house.key, &json!({"name": name})).json()["id"].clone()
    };
    let add = |campaign: &Value, names: Range<u32>| {
        let fields: Map<String, Value> = names.map(|name| (format!("f{name}"), json!("x"))).collect();
        let leads = [
            json!({"email": "wide@lead.example", "custom_fields": fields, "phone_number": "+49 1"}),
            json!({"email": format!("other{}@lead.example", fields.len())}),
        ];
        let body = json!({"lead_list": leads, "settings": {"return_lead_ids": true}});
        server.call("POST", &format!("/campaigns/{campaign}/leads"), &house.key, &body).json()
    };
    let lead = || server.call("GET", "/leads?email=wide@lead.example", &house.key, &Value::Null).json();
    let fields = || lead()["custom_fields"].as_object().unwrap().len();
    let (first, second) = (campaign("First"), campaign("Second"));
    assert_eq!(add(&first, 0..150)["added_count"], 2);
    // The whole lead is skipped: it is not in the second campaign either. The other one is added.
    let over = add(&second, 150..300);
    assert_eq!((&over["added_count"], &over["skipped_count"]), (&json!(1), &json!(1)), "{over}");
    let reason = json!([{"email": "wide@lead.example", "reason": "too_many_custom_fields"}]);
    assert_eq!(over["skipped_leads"], reason);
    assert_eq!(over["lead_ids"].get("wide@lead.example"), None);
    assert_eq!((fields(), lead()["lead_campaign_data"].as_array().unwrap().len()), (150, 1));
    // Names that it has count once.
    assert_eq!(add(&second, 100..200)["added_count"], 2);
    assert_eq!(fields(), 200);

    let head: String = (200..260).map(|name| format!(",f{name}")).collect();
    let table = format!("email{head}\nnew@lead.example{0}\nwide@lead.example{0}\n", ",x".repeat(60));
    let output = house.run(&["import", "leads", "--campaign", "Second", &house.file("wide.csv", table)]);
    assert_eq!((&output.json()["added"], &output.json()["skipped"]), (&json!(1), &json!(1)), "{output:?}");
    let sentence = "row 3: with this row `wide@lead.example` would have 260 custom fields";
    assert!(output.err.contains(sentence), "{}", output.err);
    assert_eq!(fields(), 200);

    // A name has a limit as well.
    for (length, good) in [(500, true), (501, false)] {
        let name = "é".repeat(length);
        let body = json!({"lead_list": [{"email": "named@lead.example", "custom_fields": {&name: "x"}}]});
        let answer = server.call("POST", &format!("/campaigns/{first}/leads"), &house.key, &body);
        assert_eq!(answer.status, if good { 200 } else { 422 }, "{length}");
        let table = format!("email,{name}\na@lead.example,x\nb{length}@lead.example,\n");
        let output = house.run(&["import", "leads", "--campaign", "Third", &house.file("name.csv", table)]);
        assert_eq!(output.json()["skipped"], u64::from(!good), "{output:?}");
        if !good {
            let sentence = "the name of a custom field cannot exceed 500 characters";
            assert!(answer.json()["error"].as_str().unwrap().starts_with(sentence), "{}", answer.json());
            assert!(output.err.contains(&format!("row 2: {sentence}")), "{}", output.err);
        }
    }
    assert_eq!(server.stop(), Some(0));
    house.is_sound();
}

#[test]
fn a_page_of_wide_leads_is_shorter_and_says_so() {
    let house = House::new();
    let server = house.serve();
    let campaign = server.call("POST", "/campaigns/create", &house.key, &json!({"name": "Wide"})).json();
    let path = format!("/campaigns/{}/leads", campaign["id"]);
    let fields: Map<String, Value> =
        (0..200).map(|name| (format!("f{name}"), "x".repeat(10_000).into())).collect();
    let add = |leads: Range<u32>| {
        let lead = |lead| json!({"email": format!("wide{lead}@lead.example"), "custom_fields": fields});
        let leads: Vec<Value> = leads.map(lead).collect();
        let added = server.call("POST", &path, &house.key, &json!({"lead_list": leads})).json();
        assert_eq!(added["added_count"], leads.len());
    };
    add(0..4);
    add(4..6);
    for (offset, rows, missing) in [(0, 4, Some("rows=2")), (4, 2, None), (6, 0, None)] {
        let page = server.call("GET", &format!("{path}?offset={offset}"), &house.key, &Value::Null);
        let found = page.json();
        assert_eq!((found["data"].as_array().unwrap().len(), &found["total_leads"]), (rows, &json!("6")));
        let shortened = page.head.lines().find_map(|line| line.strip_prefix("x-page-shortened: "));
        assert_eq!(shortened, missing, "{offset}");
    }
    assert_eq!(server.stop(), Some(0));
}
