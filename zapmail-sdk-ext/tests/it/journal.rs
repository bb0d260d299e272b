//! Purchases that are made only once, despite killed processes and full disks, and their later verification.

mod crashes;
mod full_disk;
mod verification;
