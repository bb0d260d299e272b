//! Purchases that happen once: with killed processes and full disks, and their verification afterwards.

mod crashes;
mod full_disk;
mod verification;
