//! The clock of the sandbox, over HTTP.

use std::time::Duration;

use tgsync::clock::{AnyClock, ClockError, SandboxClock};
use tgsync::ports::Clock as _;

use crate::stage::Stage;

#[tokio::test]
async fn sleeping_advances_the_time_of_the_sandbox() {
    let stage = Stage::new().await;
    let clock = AnyClock::choose(Some("sandbox"), None, &stage.url()).await.unwrap();
    let start = clock.now().await;
    clock.sleep(Duration::from_secs(200_000)).await;
    assert_eq!(clock.now().await.duration_since(start).as_secs(), 200_000);
    clock.sleep(Duration::ZERO).await;
    clock.sleep(Duration::from_millis(1)).await;
    assert_eq!(clock.now().await.duration_since(start).as_secs(), 200_001);
    let told = stage.look("clock").await["now_ms"].as_i64().unwrap();
    assert_eq!(told, clock.now().await.as_millisecond());
}

#[tokio::test]
async fn time_goes_on_without_the_sandbox() {
    let stage = Stage::mortal().await;
    let clock = SandboxClock::connect(&stage.url()).await.unwrap();
    let start = clock.now().await;
    let _port = stage.shutdown().await;
    clock.sleep(Duration::from_secs(5)).await;
    assert_eq!(clock.now().await.duration_since(start).as_secs(), 5);
}

#[tokio::test]
async fn a_server_that_is_no_sandbox_is_refused() {
    let stage = Stage::new().await;
    let elsewhere = stage.url().join("nowhere/").unwrap();
    let error = SandboxClock::connect(&elsewhere).await.unwrap_err();
    assert!(matches!(&error, ClockError::NoSandbox(why) if why.contains("404")), "{error}");
}
