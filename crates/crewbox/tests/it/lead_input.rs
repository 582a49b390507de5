//! The values of a lead: the API and the import accept the same ones, and refuse the others with the same sentence.

use serde_json::json;

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
