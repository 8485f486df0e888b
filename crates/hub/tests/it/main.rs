//! The hub over both stores, talking real HTTP to invented upstreams and receivers.

// Clippy knows test functions only, not what they call.
#![allow(clippy::unwrap_used, reason = "a test that finds no value has failed")]

mod booking;
mod breaking;
mod budgets;
mod carried;
mod clocks;
mod delivering;
mod docs;
mod erasing;
mod faults;
mod jumping;
mod keys;
mod linking;
mod mailing;
mod managing;
mod merchant;
mod order;
mod outbound;
mod polling;
mod pulling;
mod pushing;
mod quarantine;
mod registrar;
mod replaying;
mod resending;
mod restarting;
mod retaining;
mod sabotage;
mod sailing;
mod sandboxed;
mod scenarios;
mod selling;
mod sent;
mod slice;
mod standing;
mod taking_over;
mod telling;
mod unregistered;
mod webhooks;
mod world;

/// Runs a test on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! on_both_stores {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::world::World::sqlite().await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::world::World::postgres().await).await;
            })*
        }
    };
}
