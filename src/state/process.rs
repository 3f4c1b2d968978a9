//! Processes of this machine: whether one that took a lease has ended.
#![expect(clippy::disallowed_methods, reason = "an I/O room")]

use std::fs;

use crate::ports::Process;

/// This process; `None` where the system does not tell enough.
pub fn this_process() -> Option<Process> {
    let pid = std::process::id();
    Some(Process { boot: boot()?, pid, started: started(pid)? })
}

/// Whether a process was one of this machine and is no more. What can't be told has not ended.
pub fn has_ended(process: &Process) -> bool {
    boot().is_some_and(|boot| boot == process.boot) && started(process.pid).as_ref() != Some(&process.started)
}

/// The boot and the namespace of process ids (`proc(5)`, `pid_namespaces(7)`).
fn boot() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), namespace.display()))
}

/// Field 22 of `/proc/PID/stat`; the second one is in parentheses and may hold anything. A zombie runs no more.
fn started(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    if matches!(fields.first(), Some(&"Z" | &"X")) {
        return None;
    }
    fields.get(19).map(|&ticks| ticks.to_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_one_goes_on_and_others_have_ended() {
        let own = this_process().unwrap();
        assert!(!has_ended(&own));
        assert!(has_ended(&Process { started: "1".into(), ..own.clone() }), "the id came again");
        assert!(!has_ended(&Process { boot: "another machine".into(), started: "1".into(), ..own.clone() }));
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let other = Process { pid: child.id(), started: started(child.id()).unwrap(), ..own };
        assert!(!has_ended(&other));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(has_ended(&other));
    }
}
