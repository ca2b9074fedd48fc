//! Reads `[[stun_server]]` and `[[turn_server]]`, and what flows say of them.

use std::time::Duration;

use lapwing_engine::IceTransportPolicy;

use crate::scenario::limits::{MAX_DELAY_MS, millis, seconds};
use crate::scenario::named::Named;
use crate::scenario::{
    Fields, IceHelper, IceHelperKind, IcePlan, Links, Problem, TurnModel, TurnTransport,
};

/// Servers of a scenario.
const MAX_SERVERS: usize = 16;
/// Users of a server.
const MAX_USERS: usize = 100;
/// Longest name of a user, in bytes: with the time at which it expires, a server looks at it.
const MAX_USER_BYTES: usize = 256;
/// Relayed addresses of a user.
const MAX_QUOTA: u64 = 10_000;
/// Longest lifetime of an allocation, in seconds.
const MAX_LIFETIME: f64 = 3_600.0;
/// Flows of a scenario with boxes or servers, two peers each.
const MAX_FLOWS: usize = 100;
/// The one user where a file names none.
const USER: &str = "ada";

/// Reads the tables, after the links.
pub(super) fn read_all(fields: &mut Fields<'_>, links: &Links) -> Vec<IceHelper> {
    let mut named = Named::new(links);
    let mut all = fields.tables("stun_server", |fields| {
        let (name, place) = named.read(fields);
        IceHelper { name, place, delay: delay(fields), kind: IceHelperKind::Stun }
    });
    all.extend(fields.tables("turn_server", |fields| {
        let (name, place) = named.read(fields);
        IceHelper { name, place, delay: delay(fields), kind: IceHelperKind::Turn(turn(fields)) }
    }));
    let name = if fields.has("turn_server") { "turn_server" } else { "stun_server" };
    fields.at_most(name, all.len(), MAX_SERVERS);
    all
}

/// Where there is a box or a server, every flow's peers gather and check more.
pub(super) fn check_flows(fields: &mut Fields<'_>, flows: usize) {
    fields.at_most("flow", flows, MAX_FLOWS);
}

fn delay(fields: &mut Fields<'_>) -> Duration {
    fields.number("delay_ms", 0.0..=MAX_DELAY_MS).map(millis).unwrap_or_default()
}

fn turn(fields: &mut Fields<'_>) -> TurnModel {
    let transports = match fields.texts("transports") {
        None => vec![TurnTransport::Udp],
        Some(words) => transports(fields, words),
    };
    let users = fields.texts("users").unwrap_or_else(|| vec![USER.to_owned()]);
    if users.is_empty() {
        fields.fault("users", Problem::Empty);
    }
    fields.at_most("users", users.len(), MAX_USERS);
    users.iter().for_each(|user| check_user(fields, "users", user));
    let usual = lapwing_engine::turn::server::TurnLimits::default();
    let quota = fields.integer("quota", 0..=MAX_QUOTA);
    let lifetime = fields.number("lifetime_s", 1.0..=MAX_LIFETIME).map(seconds);
    TurnModel {
        transports,
        users,
        quota: quota.map_or(usual.allocations_per_user, |quota| quota as usize),
        lifetime: lifetime.unwrap_or(usual.lifetime),
    }
}

/// A time and a colon in front would be the end of a name that expires.
fn check_user(fields: &mut Fields<'_>, field: &'static str, user: &str) {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
    let is_named = user.starts_with(|c: char| c.is_ascii_alphabetic());
    if !is_named || !user.chars().all(is_plain) || user.len() > MAX_USER_BYTES {
        fields.fault(field, Problem::BadUser(user.to_owned()));
    }
}

fn transports(fields: &mut Fields<'_>, words: Vec<String>) -> Vec<TurnTransport> {
    let mut transports = Vec::new();
    if words.is_empty() {
        fields.fault("transports", Problem::Empty);
    }
    for value in words {
        match TurnTransport::WORDS.iter().find(|(word, _)| *word == value) {
            Some((_, transport)) if transports.contains(transport) => {
                fields.fault("transports", Problem::Duplicate(value));
            }
            Some((_, transport)) => transports.push(*transport),
            None => {
                let allowed = TurnTransport::WORDS.map(|(word, _)| word.to_owned()).into();
                fields.fault("transports", Problem::NotOneOf { value, allowed });
            }
        }
    }
    transports
}

/// What a flow says of its servers.
pub(super) fn plan(fields: &mut Fields<'_>, helpers: &[IceHelper]) -> IcePlan {
    let policies = [("all", IceTransportPolicy::All), ("relay", IceTransportPolicy::Relay)];
    let servers = fields.texts("ice_servers").unwrap_or_default();
    for (place, value) in servers.iter().enumerate() {
        if !helpers.iter().any(|helper| helper.name == *value) {
            let allowed = helpers.iter().map(|helper| helper.name.clone()).collect();
            fields.fault("ice_servers", Problem::NotOneOf { value: value.clone(), allowed });
        }
        if servers[..place].contains(value) {
            fields.fault("ice_servers", Problem::Duplicate(value.clone()));
        }
    }
    let user = fields.text("ice_user");
    if let Some(user) = &user {
        check_user(fields, "ice_user", user);
    }
    IcePlan {
        servers,
        user,
        policy: fields.choice("ice_transport_policy", &policies).unwrap_or_default(),
        restarts: fields.flag("restarts_ice").unwrap_or_default(),
    }
}
