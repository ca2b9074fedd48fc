//! The connections of a thread, by place and by client.

use std::collections::HashMap;

use lapwing_engine::turn::server::Client;

use super::connection::Connection;

/// Connections in places, which stay where they are while others come and go.
#[derive(Debug, Default)]
pub(super) struct Connections {
    slots: Vec<Option<Connection>>,
    free: Vec<usize>,
    by_client: HashMap<Client, usize>,
}

impl Connections {
    pub(super) fn len(&self) -> usize {
        self.by_client.len()
    }

    /// The place that the next one gets.
    pub(super) fn next_place(&self) -> usize {
        self.free.last().copied().unwrap_or(self.slots.len())
    }

    pub(super) fn insert(&mut self, connection: Connection) {
        let place = self.next_place();
        self.free.pop();
        self.by_client.insert(connection.client, place);
        if place == self.slots.len() {
            self.slots.push(Some(connection));
        } else {
            self.slots[place] = Some(connection);
        }
    }

    pub(super) fn at(&mut self, place: usize) -> Option<&mut Connection> {
        self.slots.get_mut(place)?.as_mut()
    }

    pub(super) fn of(&mut self, client: Client) -> Option<(usize, &mut Connection)> {
        let place = *self.by_client.get(&client)?;
        self.slots[place].as_mut().map(|connection| (place, connection))
    }

    pub(super) fn remove(&mut self, place: usize) -> Option<Client> {
        let connection = self.slots.get_mut(place)?.take()?;
        self.free.push(place);
        self.by_client.remove(&connection.client);
        Some(connection.client)
    }

    /// All that are there, with their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Connection)> {
        let all = self.slots.iter().enumerate();
        all.filter_map(|(place, slot)| slot.as_ref().map(|connection| (place, connection)))
    }
}
