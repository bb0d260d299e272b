//! The system clock, which a simulation can replace for the current thread.

use std::time::SystemTime;

/// Returns the current time: the simulated time if a simulation is running, otherwise the system's.
pub fn system_time() -> SystemTime {
    simulated_time().unwrap_or_else(SystemTime::now)
}

/// Returns the simulated time; `None` outside a simulation.
#[cfg(not(feature = "simulation"))]
pub fn simulated_time() -> Option<SystemTime> {
    None
}

#[cfg(feature = "simulation")]
pub use self::simulation::{set_simulated_time, simulated_time};

#[cfg(feature = "simulation")]
mod simulation {
    use std::cell::RefCell;
    use std::time::SystemTime;

    type Clock = Box<dyn Fn() -> SystemTime>;

    thread_local! {
        static CLOCK: RefCell<Option<Clock>> = const { RefCell::new(None) };
    }

    /// Returns the simulated time; `None` outside a simulation.
    pub fn simulated_time() -> Option<SystemTime> {
        CLOCK.with_borrow(|clock| clock.as_ref().map(|clock| clock()))
    }

    /// Sets the clock of this thread; `None` ends the simulation.
    pub fn set_simulated_time(clock: Option<Clock>) {
        CLOCK.set(clock);
    }
}
