//! What Python sees.

/// The laboratory. Use the package `lapwing`, which lies over this.
#[pyo3::pymodule(name = "_native")]
mod native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::edit::with_value;
    #[pymodule_export]
    use crate::many::run_many;
    #[pymodule_export]
    use crate::play::RunError;
    #[pymodule_export]
    use crate::scenario::{Scenario, ScenarioError, built_in};
    #[pymodule_export]
    use crate::told::{Feedback, Limits, Packet};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
