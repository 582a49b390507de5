//! `smartlead-cli`, a client of the hosted service, with nothing but its base URL changed.

use std::path::Path;

use serde_json::{Value, json};

use super::{Demo, installed, run};
use crate::drive::Output;

struct Cli<'a> {
    programs: &'a Path,
    url: String,
    key: String,
}

impl Cli<'_> {
    fn output(&self, args: &[&str]) -> Output {
        let environment =
            [("SMARTLEAD_API_KEY", self.key.as_str()), ("SMARTLEAD_BASE_URL", self.url.as_str())];
        run(&self.programs.join("smartlead"), args, &environment)
    }

    /// What a command that works prints.
    #[track_caller]
    fn ok(&self, args: &[&str]) -> Value {
        let output = self.output(args);
        assert_eq!(output.code, Some(0), "{args:?}: {}\n{}", output.out, output.err);
        serde_json::from_str(&output.out).unwrap_or_else(|error| panic!("{args:?}: {error}: {}", output.out))
    }

    fn raw(&self, method: &str, path: &str, body: &Value) -> Value {
        // It drops the query of a path, and takes the parameters one by one.
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let body = body.to_string();
        let mut args = vec!["raw", "request", "--method", method, "--path", path, "--body-json", &body];
        query.split('&').filter(|one| !one.is_empty()).for_each(|one| args.extend(["--query", one]));
        self.ok(&args)
    }
}

#[test]
fn the_command_line_of_the_hosted_service_works_in_both_dialects() {
    let Some(programs) = installed() else { return };
    let demo = Demo::start();
    let live = demo.new_key(&["--dialect", "live"]);
    for (key, rows) in [(demo.key(0), "messages"), (live.as_str(), "data")] {
        let url = format!("{}/api/v1", demo.server.url);
        let cli = Cli { programs: &programs, url, key: key.to_owned() };
        lists_and_actions(&cli, rows);
        if key == live {
            campaigns_and_leads(&cli);
        }
        let wrong = Cli { key: "cbx_1_none".to_owned(), url: cli.url.clone(), programs: cli.programs };
        let output = wrong.output(&["campaigns", "list"]);
        assert_eq!(output.code, Some(1), "{output:?}");
        assert!((output.out + &output.err).contains("auth_error"));
    }
    assert_eq!(demo.server.stop(), Some(0));
}

fn lists_and_actions(cli: &Cli<'_>, rows: &str) {
    let body = json!({"limit": 2, "filters": {"emailStatus": "Replied"}});
    let page = cli.raw("POST", "/master-inbox/inbox-replies?fetch_message_history=true", &body);
    let row = &page[rows][0];
    let id = if rows == "messages" { &row["campaign_lead_map_id"] } else { &row["email_lead_map_id"] };
    assert_eq!(page[rows].as_array().unwrap().len(), 2, "{page}");
    let history = &row[if rows == "messages" { "message_history" } else { "email_history" }];
    let campaign = if rows == "messages" { &row["campaign"]["id"] } else { &row["email_campaign_id"] };
    let of = |key: &str, value: Value| {
        let mut body = json!({"email_lead_map_id": id});
        body[key] = value;
        body
    };
    for (path, body) in [
        ("/master-inbox/change-read-status", of("read_status", true.into())),
        ("/master-inbox/update-category", of("category_id", 1.into())),
        ("/master-inbox/update-team-member", of("team_member_id", 1.into())),
        ("/master-inbox/create-note", of("note_message", "By the command line".into())),
        ("/master-inbox/create-task", of("name", "Call".into())),
    ] {
        assert_eq!(cli.raw("POST", path, &body)["ok"], true, "{path}");
    }
    let reply =
        json!({"email_stats_id": history[0]["stats_id"], "email_body": "<p>Gladly.</p>", "undo_seconds": 60});
    let sent = cli.raw("POST", &format!("/campaigns/{campaign}/reply-email-thread"), &reply);
    assert!(sent["message_id"].is_string(), "{sent}");
}

fn campaigns_and_leads(cli: &Cli<'_>) {
    let listed = cli.ok(&["campaigns", "list", "--include-tags"]);
    let campaign = listed[0]["id"].to_string();
    assert_eq!(cli.ok(&["campaigns", "get", &campaign])["id"].to_string(), campaign);
    let made = cli.ok(&["campaigns", "create", "--name", "By the command line"]);
    let made = made["id"].to_string();
    cli.ok(&["campaigns", "status", &made, "--status", "START"]);
    let lead = json!({"lead_list": [{"email": "new@lead.example", "first_name": "Nia"}]}).to_string();
    cli.ok(&["campaigns", "leads", "add", &made, "--body-json", &lead]);
    let leads = cli.ok(&["campaigns", "leads", "list", &made]);
    assert_eq!(leads["total_leads"], "1", "{leads}");
    let lead = leads["data"][0]["lead"]["id"].to_string();
    // It looks for the lead page by page, until a page is short.
    assert_eq!(cli.ok(&["campaigns", "leads", "get", &made, &lead])["lead"]["first_name"], "Nia");
    cli.ok(&["campaigns", "leads", "patch", &made, &lead, "--company-name", "Nia & Co"]);
    assert_eq!(cli.ok(&["leads", "get-by-email", "--email", "new@lead.example"])["company_name"], "Nia & Co");
    for action in ["pause", "resume", "unsubscribe", "message-history"] {
        cli.ok(&["campaigns", "leads", action, &made, &lead]);
    }
    cli.ok(&["campaigns", "statistics", &campaign, "--limit", "5"]);
    cli.ok(&["campaigns", "analytics", "top", &campaign]);
    cli.ok(&["campaigns", "leads", "delete", &made, &lead, "--yes"]);
    cli.ok(&["campaigns", "delete", &made, "--yes"]);
}
