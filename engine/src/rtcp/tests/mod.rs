//! Machines against each other, in virtual time.

mod agenda;
mod feedback;
mod hostile;
mod oracle;
mod recovery;
