//! Reads `[[action]]`.

use std::time::Duration;

use crate::scenario::limits::{MAX_SECONDS, seconds};
use crate::scenario::named::reference;
use crate::scenario::{
    Barrier, BarrierKind, Fields, IceHelper, IceHelperKind, Problem, ScenarioAction,
    ScenarioActionKind,
};

/// Actions of a scenario.
const MAX_ACTIONS: usize = 1_000;

/// Reads the tables, after boxes and servers.
pub(super) fn read_all(
    fields: &mut Fields<'_>,
    barriers: &[Barrier],
    helpers: &[IceHelper],
) -> Vec<ScenarioAction> {
    let mut expired: Vec<String> = Vec::new();
    let all = fields.tables("action", |fields| {
        let action = action(fields, barriers, helpers);
        if let ScenarioActionKind::ExpireCredentials(server) = &action.kind {
            if expired.contains(server) {
                fields.fault("server", Problem::Duplicate(server.clone()));
            }
            expired.push(server.clone());
        }
        action
    });
    fields.at_most("action", all.len(), MAX_ACTIONS);
    all
}

fn action(fields: &mut Fields<'_>, barriers: &[Barrier], helpers: &[IceHelper]) -> ScenarioAction {
    #[derive(Clone, Copy)]
    enum Kind {
        LoseServer,
        ExpireCredentials,
        BlockUdp,
        Rebind,
    }
    let kinds = [
        ("lose-server", Kind::LoseServer),
        ("expire-credentials", Kind::ExpireCredentials),
        ("block-udp", Kind::BlockUdp),
        ("rebind", Kind::Rebind),
    ];
    let is_nat = |one: &&Barrier| matches!(one.kind, BarrierKind::Nat(_));
    let is_turn = |one: &&IceHelper| matches!(one.kind, IceHelperKind::Turn(_));
    let kind = fields.need_choice("do", &kinds);
    let at = match kind {
        // Names expire at whole seconds.
        Kind::ExpireCredentials => {
            Duration::from_secs(fields.need_integer("at_s", 0..=MAX_SECONDS as u64))
        }
        _ => seconds(fields.need_number("at_s", 0.0..=MAX_SECONDS)),
    };
    let kind = match kind {
        Kind::LoseServer => {
            let all: Vec<&str> = helpers.iter().map(|one| one.name.as_str()).collect();
            ScenarioActionKind::LoseServer(reference(fields, "server", &all))
        }
        Kind::ExpireCredentials => {
            let all: Vec<&str> =
                helpers.iter().filter(is_turn).map(|one| one.name.as_str()).collect();
            ScenarioActionKind::ExpireCredentials(reference(fields, "server", &all))
        }
        Kind::BlockUdp => {
            let walls = barriers.iter().filter(|one| !is_nat(one));
            let all: Vec<&str> = walls.map(|one| one.name.as_str()).collect();
            ScenarioActionKind::BlockUdp(reference(fields, "firewall", &all))
        }
        Kind::Rebind => {
            let all: Vec<&str> =
                barriers.iter().filter(is_nat).map(|one| one.name.as_str()).collect();
            ScenarioActionKind::Rebind(reference(fields, "nat", &all))
        }
    };
    ScenarioAction { at, kind }
}
