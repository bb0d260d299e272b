//! Purchases that happen once: real processes that are killed, real files that are full, and what can be seen afterwards.

mod crashes;
mod full_disk;
mod verification;
