//! Several processes that share the limits of a key in Redis.

use std::env;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use zapmail_sdk_ext::{RateLimiter, Redis, RedisLimits, RetryPolicy, Zapmail};

use crate::demand::Demand;
use crate::redis_process::RedisProcess;
use crate::service::{Network, Service};
use crate::{MIN_UTILIZATION, row};

/// The network of these scenarios.
const NETWORK: Network = Network { connect_ms: 0, latency_ms: 20, keep_alive: true, work_ms: 0 };

/// Runs one of the processes. The arguments after `--process` are the URL of the service, the URL of Redis, and the
/// duration in seconds.
pub fn process(arguments: &[String]) {
    let [service, redis, seconds] = &arguments[..3] else { panic!("three arguments") };
    let limits = RedisLimits::new(Redis::new(redis.as_str()).unwrap(), "not-a-real-key");
    let builder = Zapmail::builder().api_key("not-a-real-key").base_url(service).retry_policy(RetryPolicy::none());
    let zapmail = builder.rate_limiter(RateLimiter::redis(limits).unwrap()).build().unwrap();
    // While Redis is down, calls fail immediately; the busy time limits how fast they are repeated.
    Demand { busy_ms: 1, ..Demand::tasks(16) }.run_client(&zapmail, Duration::from_secs(seconds.parse().unwrap()));
}

fn start(service: &Service, redis: &RedisProcess, time: Duration) -> Child {
    let seconds = time.as_secs().to_string();
    Command::new(env::current_exe().unwrap())
        .args(["--process", &service.url(), &redis.url(), &seconds])
        .spawn()
        .unwrap()
}

pub fn four_processes(time: Duration) -> String {
    let name = "four processes, one key, Redis";
    let Some(redis) = RedisProcess::start(&[]) else { return row(name, None, time, 0.0) };
    let service = Service::start(NETWORK);
    let processes: Vec<_> = (0..4).map(|_| start(&service, &redis, time)).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    row(name, Some(service.counted()), time, MIN_UTILIZATION)
}

/// Runs two processes: for a third of the time with Redis, for a twelfth without it, and for the remaining time with a
/// restarted Redis that has lost its data.
pub fn restart(time: Duration) -> String {
    let name = "two processes, Redis killed and started again without its data";
    let Some(mut redis) = RedisProcess::start(&[]) else { return row(name, None, time, 0.0) };
    let service = Service::start(NETWORK);
    let processes: Vec<_> = (0..2).map(|_| start(&service, &redis, time)).collect();
    thread::sleep(time / 3);
    redis.kill();
    thread::sleep(time / 12);
    redis.restart();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    // Without its records, Redis makes all waiters wait for a whole window.
    row(name, Some(service.counted()), time, 0.0)
}
