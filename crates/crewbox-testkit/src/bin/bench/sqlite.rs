//! The whole HTTP list call against page and exact count in SQLite, with indexes chosen for these queries. Beside
//! them the index alone, and the fixed-body handler: what no list call over HTTP can be faster than.
//!
//! Owns a scratch database made from the same rows, and the statements. SQLite is given every advantage: the
//! rows in memory, covering indexes, analysed, prepared statements, ids only, no HTTP and no names to look up.

use crewbox_core::conversation::{Entry, Flags};
use crewbox_core::filter::Query;
use crewbox_core::view::{Partition, Sort};
use crewbox_testkit::sample::{NOW, Sampler, Shape};
use rusqlite::types::Value;
use rusqlite::{Connection as Database, params_from_iter};
use tokio::runtime::Runtime;

use crate::Failure;
use crate::ask::{Asked, Draw, ask};
use crate::call::Connection;
use crate::fill::Filled;
use crate::latency::Latency;
use crate::report::{self, Report};
use crate::server::{self, Server};

/// Calls of each shape of a member's own lists.
const CALLS: usize = 300;
/// Calls of each shape over the whole account, where SQLite takes a tenth of a second.
const ACCOUNT_CALLS: usize = 15;
/// Calls of one side before it is the other's turn: long enough that neither wakes up cold for each.
const TURN: usize = 15;
/// Times faster at the median.
const TARGET: f64 = 50.0;

const SCHEMA: &str = "
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000; PRAGMA mmap_size = 8000000000;
    CREATE TABLE conversation (
        id INTEGER PRIMARY KEY, owner INTEGER, campaign INTEGER NOT NULL, category INTEGER, flags INTEGER NOT NULL,
        reply_time INTEGER, sent_time INTEGER
    );";

/// Each in the order of a page, with every column a filter reads.
const INDEXES: &str = "
    CREATE INDEX own ON conversation (owner, reply_time DESC, id DESC, category, campaign, flags);
    CREATE INDEX own_category ON conversation (owner, category, reply_time DESC, id DESC, campaign, flags);
    CREATE INDEX own_campaign ON conversation (owner, category, campaign, reply_time DESC, id DESC, flags);
    CREATE INDEX all_reply ON conversation (reply_time DESC, id DESC, flags, campaign);
    CREATE INDEX all_unread ON conversation (reply_time DESC, id DESC) WHERE flags & 256 <> 0;
    CREATE INDEX all_campaign ON conversation (campaign, reply_time DESC, id DESC, flags);
    CREATE INDEX all_sent ON conversation (sent_time DESC, id DESC, flags, reply_time);
    ANALYZE;";

/// Measures.
pub(crate) fn measure(
    runtime: &Runtime,
    server: &mut Server<'_>,
    filled: &Filled,
    seed: u64,
    report: &mut Report,
) -> Result<(), Failure> {
    report.section(
        "Against SQLite",
        "--only sqlite",
        "Page and exact count by prepared statements over covering indexes, the database in memory, ids only; \
         against the whole HTTP call with rows, over one connection, fifteen of each in turn. In the same turns: the \
         index alone, which does what SQLite does, and a fixed body of the same size over HTTP: how much faster than \
         SQLite a call can be at all.",
    );
    let (_, rows) = runtime.block_on(server.store.all_entries(&filled.scope()))?;
    let directory = tempfile::tempdir()?;
    let database = load(&directory.path().join("rows.db"), &rows)?;
    drop(rows);
    let mut sampler = Sampler::new(seed ^ 3);
    let own = Shape::OWN.iter().map(|shape| (*shape, CALLS));
    let groups = [
        ("own lists, members drawn by load", Draw::ByLoad, own.clone().collect::<Vec<_>>()),
        ("own lists, the busiest member", Draw::Busiest, own.collect()),
        ("account-wide lists", Draw::Evenly, Shape::ACCOUNT.map(|shape| (shape, ACCOUNT_CALLS)).to_vec()),
    ];
    let mut table = Vec::new();
    for (name, draw, shapes) in groups {
        let mut all = Sides::new()?;
        for (shape, calls) in shapes {
            let asked = (0..calls).map(|_| ask(filled, &mut sampler, shape, draw));
            let asked: Vec<Asked> = asked.collect::<Result<_, _>>()?;
            let sides = compare(runtime, server, filled, &database, &asked)?;
            table.push(vec![
                format!("{}, {name}", shape.name()),
                report::times(sides.faster(&sides.http)),
                report::times(sides.faster(&sides.fixed)),
                report::times(sides.faster(&sides.index)),
                report::time(sides.sql.p50()),
                report::time(sides.http.p50()),
                report::time(sides.fixed.p50()),
                report::time(sides.index.p50()),
                report::time(sides.sql.p99()),
                report::time(sides.http.p99()),
            ]);
            all.merge(&sides)?;
        }
        let ratio = all.faster(&all.http);
        let most = report::times(all.faster(&all.fixed));
        let what = format!("whole list call against tuned SQLite, p50, {name} (a fixed body: {most})");
        report.judge(what, "≥ 50 ×", report::times(ratio), ratio >= TARGET);
    }
    let heads = [
        "list",
        "whole call faster",
        "fixed body faster",
        "index faster",
        "SQLite p50",
        "whole call p50",
        "fixed body p50",
        "index p50",
        "SQLite p99",
        "whole call p99",
    ];
    report.table(&heads, &table);
    Ok(())
}

/// How long each side takes.
struct Sides {
    sql: Latency,
    http: Latency,
    fixed: Latency,
    index: Latency,
}

impl Sides {
    fn new() -> Result<Self, Failure> {
        let none = Latency::new;
        Ok(Self { sql: none()?, http: none()?, fixed: none()?, index: none()? })
    }

    fn merge(&mut self, other: &Self) -> Result<(), Failure> {
        self.sql.merge(&other.sql)?;
        self.http.merge(&other.http)?;
        self.fixed.merge(&other.fixed)?;
        self.index.merge(&other.index)
    }

    /// How many times faster than SQLite a side is, at the median.
    fn faster(&self, side: &Latency) -> f64 {
        self.sql.p50().as_secs_f64() / side.p50().as_secs_f64()
    }
}

fn load(path: &std::path::Path, rows: &[Entry]) -> Result<Database, Failure> {
    let mut database = Database::open(path)?;
    database.execute_batch(SCHEMA)?;
    let transaction = database.transaction()?;
    {
        let mut insert = transaction.prepare("INSERT INTO conversation VALUES (?, ?, ?, ?, ?, ?, ?)")?;
        for row in rows {
            insert.execute((
                row.id.get() as i64,
                row.owner.map(|id| id.get() as i64),
                row.campaign.get() as i64,
                row.category.map(|id| id.get() as i64),
                row.flags.0,
                row.reply_time.map(|at| at.millis()),
                row.sent_time.map(|at| at.millis()),
            ))?;
        }
    }
    transaction.commit()?;
    database.execute_batch(INDEXES)?;
    database.set_prepared_statement_cache_capacity(64);
    Ok(database)
}

fn compare(
    runtime: &Runtime,
    server: &mut Server<'_>,
    filled: &Filled,
    database: &Database,
    asked: &[Asked],
) -> Result<Sides, Failure> {
    let requests: Vec<String> = asked.iter().map(|asked| asked.request.clone()).collect();
    let mut bare = Connection::open(server.fixed_like(&requests)?)?;
    let fixed = server::fixed(filled);
    let account = runtime.block_on(server.account(filled.account))?;
    let mut connection = Connection::open(server.address)?;
    let mut sides = Sides::new()?;
    for asked in asked.chunks(TURN) {
        // Once without counting: it warms all, and shows that they agree.
        for asked in asked {
            let statement = Statement::of(&asked.query);
            let (total, ids) = statement.run(database)?;
            agree(&statement, total, &ids, connection.call(&asked.request)?)?;
            bare.call(&fixed)?;
        }
        for asked in asked {
            let statement = Statement::of(&asked.query);
            sides.sql.measure(|| statement.run(database))?;
        }
        for asked in asked {
            sides.http.measure(|| connection.call(&asked.request).map(<[u8]>::len))?;
        }
        for _ in asked {
            sides.fixed.measure(|| bare.call(&fixed).map(<[u8]>::len))?;
        }
        for asked in asked {
            std::hint::black_box(sides.index.measure(|| account.list(&asked.query, NOW)));
        }
    }
    Ok(sides)
}

/// A comparison of two answers that differ would be worth nothing.
fn agree(statement: &Statement, total: u64, ids: &[i64], body: &[u8]) -> Result<(), Failure> {
    let answer: serde_json::Value = serde_json::from_slice(body)?;
    let rows = answer["messages"].as_array().into_iter().flatten();
    let theirs: Vec<i64> =
        rows.filter_map(|row| row["campaign_lead_map_id"].as_str()?.parse().ok()).collect();
    if answer["total_count"].as_u64() != Some(total) || theirs != ids {
        return Err(format!(
            "SQLite and the server disagree: {total} against {} for {}",
            answer["total_count"], statement.page
        )
        .into());
    }
    Ok(())
}

struct Statement {
    page: String,
    count: String,
    values: Vec<Value>,
}

impl Statement {
    fn of(query: &Query) -> Self {
        let mut terms = vec!["1".to_owned()];
        let mut values = Vec::new();
        let base = query.view.base();
        let filter = &query.filter;
        match base.partition {
            Partition::Mine => {
                terms.push("owner = ?".to_owned());
                values.push(Value::from(query.me.get() as i64));
            }
            Partition::Nobody => terms.push("owner IS NULL".to_owned()),
            Partition::All => {}
        }
        // Written out, so that a partial index can be matched.
        let holds = |require: Flags, forbid: Flags| {
            let mut terms: Vec<String> = (0..Flags::COUNT)
                .map(|bit| Flags(1 << bit))
                .filter(|bit| require.has(*bit))
                .map(|bit| format!("flags & {} <> 0", bit.0))
                .collect();
            if forbid != Flags::NONE {
                terms.push(format!("flags & {} = 0", forbid.0));
            }
            terms.join(" AND ")
        };
        if base.require != Flags::NONE || base.forbid != Flags::NONE {
            terms.push(holds(base.require, base.forbid));
        }
        if !filter.statuses.is_empty() {
            let any: Vec<String> = filter
                .statuses
                .iter()
                .map(|status| {
                    let (require, forbid) = status.needs();
                    format!("({})", holds(require, forbid))
                })
                .collect();
            terms.push(format!("({})", any.join(" OR ")));
        }
        let marks = |count: usize| vec!["?"; count].join(", ");
        if let Some(only) = &filter.category.only {
            terms.push(format!("category IN ({})", marks(only.len())));
            values.extend(only.iter().map(|id| Value::from(id.get() as i64)));
        }
        if !filter.category.not.is_empty() {
            terms.push(format!(
                "(category IS NULL OR category NOT IN ({}))",
                marks(filter.category.not.len())
            ));
            values.extend(filter.category.not.iter().map(|id| Value::from(id.get() as i64)));
        }
        if let Some(campaigns) = &filter.campaigns {
            terms.push(format!("campaign IN ({})", marks(campaigns.len())));
            values.extend(campaigns.iter().map(|id| Value::from(id.get() as i64)));
        }
        if let Some((start, end)) = filter.reply_between {
            terms.push("reply_time BETWEEN ? AND ?".to_owned());
            values.extend([start.millis(), end.millis()].map(Value::from));
        }
        if let Some(read) = filter.read {
            let sign = if read { "=" } else { "<>" };
            terms.push(format!("flags & {} {sign} 0", Flags::UNREAD.0));
        }
        let time = match query.sort {
            Sort::ReplyTimeDesc => "reply_time",
            _ => "sent_time",
        };
        let terms = terms.join(" AND ");
        Self {
            page: format!(
                "SELECT id FROM conversation WHERE {terms} ORDER BY {time} DESC, id DESC LIMIT {} OFFSET {}",
                query.limit, query.offset
            ),
            count: format!("SELECT count(*) FROM conversation WHERE {terms}"),
            values,
        }
    }

    fn run(&self, database: &Database) -> Result<(u64, Vec<i64>), Failure> {
        let mut page = database.prepare_cached(&self.page)?;
        let ids = page.query_map(params_from_iter(&self.values), |row| row.get(0))?;
        let ids = ids.collect::<Result<Vec<i64>, _>>()?;
        let mut count = database.prepare_cached(&self.count)?;
        let total: i64 = count.query_row(params_from_iter(&self.values), |row| row.get(0))?;
        Ok((total.try_into()?, ids))
    }
}
