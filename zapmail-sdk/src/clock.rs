//! The system's time. A simulation sets its own for the current thread.

use std::time::SystemTime;

/// The system's time.
pub fn system_time() -> SystemTime {
    simulated_time().unwrap_or_else(SystemTime::now)
}

/// The time of a simulation; `None` outside of one.
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

    /// The time of a simulation; `None` outside of one.
    pub fn simulated_time() -> Option<SystemTime> {
        CLOCK.with_borrow(|clock| clock.as_ref().map(|clock| clock()))
    }

    /// Sets the clock of this thread; `None` ends the simulation.
    pub fn set_simulated_time(clock: Option<Clock>) {
        CLOCK.set(clock);
    }
}
