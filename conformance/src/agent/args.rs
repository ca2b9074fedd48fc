//! What stands in a request.

use lapwing_engine::{Direction, IceServer, Mid};
use serde_json::Value;

use super::fault::Fault;

/// A request, read field by field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Args<'a>(pub(super) &'a Value);

impl<'a> Args<'a> {
    /// What was asked for, for the reply.
    pub(super) fn id(self) -> Value {
        self.0["id"].clone()
    }

    pub(super) fn text(self, name: &str) -> Result<&'a str, Fault> {
        self.text_or_none(name)?.ok_or_else(|| Fault::Failed(format!("no {name} was given")))
    }

    /// `None` where it is absent.
    pub(super) fn text_or_none(self, name: &str) -> Result<Option<&'a str>, Fault> {
        self.read(name, "text", Value::as_str)
    }

    pub(super) fn number(self, name: &str) -> Result<Option<u64>, Fault> {
        self.read(name, "a whole number", Value::as_u64)
    }

    pub(super) fn real(self, name: &str) -> Result<Option<f64>, Fault> {
        self.read(name, "a number", Value::as_f64)
    }

    pub(super) fn truth(self, name: &str) -> Result<Option<bool>, Fault> {
        self.read(name, "true or false", Value::as_bool)
    }

    /// A number that fits into fewer bits.
    pub(super) fn small<T: TryFrom<u64>>(self, name: &str) -> Result<Option<T>, Fault> {
        let Some(number) = self.number(name)? else { return Ok(None) };
        let fits = T::try_from(number).map_err(|_| Fault::Failed(format!("{name} is too large")));
        fits.map(Some)
    }

    /// Empty where it is absent.
    pub(super) fn texts(self, name: &str) -> Result<Vec<&'a str>, Fault> {
        let list = self.read(name, "a list", Value::as_array)?;
        let each = list.into_iter().flatten().map(|text| {
            text.as_str().ok_or_else(|| Fault::Failed(format!("{name} is no list of texts")))
        });
        each.collect()
    }

    /// Servers as the W3C writes them (`RTCIceServer`), `urls` always a list.
    pub(super) fn ice_servers(self, name: &str) -> Result<Vec<IceServer>, Fault> {
        let list = self.read(name, "a list", Value::as_array)?;
        let each = list.into_iter().flatten().map(|server| {
            let server = Args(server);
            let username = server.text_or_none("username")?.unwrap_or_default();
            let credential = server.text_or_none("credential")?.unwrap_or_default();
            IceServer::new(server.texts("urls")?, username, credential).map_err(Fault::refused)
        });
        each.collect()
    }

    pub(super) fn mid(self) -> Result<Mid, Fault> {
        let text = self.text("mid")?;
        Mid::new(text).ok_or_else(|| Fault::Refused(format!("{text:?} names no m-line")))
    }

    /// `None` where it is absent.
    pub(super) fn direction(self) -> Result<Option<Direction>, Fault> {
        let Some(name) = self.text_or_none("direction")? else { return Ok(None) };
        let all =
            [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
        let known = all.into_iter().find(|direction| direction.name() == name);
        known.map(Some).ok_or_else(|| Fault::Failed(format!("{name:?} is no direction")))
    }

    fn read<T>(
        self,
        name: &str,
        what: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        match &self.0[name] {
            Value::Null => Ok(None),
            value => match read(value) {
                Some(value) => Ok(Some(value)),
                None => Err(Fault::Failed(format!("{name} is not {what}"))),
            },
        }
    }
}
