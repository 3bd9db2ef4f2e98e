internal import Glibc

/// What a process of Turnstile ends with, after `sysexits.h`, so that a supervisor and a shell can tell the cases
/// apart.
public enum ExitCode: Int32, Sendable, CaseIterable {
    /// It did what it was asked, a drain after TERM or INT included.
    case success = 0
    /// Something went wrong that has no code of its own.
    case failure = 1
    /// The command line is wrong: starting it again the same way is no use.
    case usage = 64
    /// What was given to it as input is wrong.
    case badInput = 65
    /// A server that it needs is not there.
    case unavailable = 69
    /// A mistake in the code was found.
    case internalError = 70
    /// The system refused a thread, a descriptor, memory or the like.
    case systemError = 71
    /// Reading or writing a file failed.
    case ioError = 74
    /// Not now; later it may work.
    case temporaryFailure = 75
    /// It is not allowed to do what it must.
    case notPermitted = 77
    /// The settings are wrong: starting it again is no use before they are corrected.
    case badSettings = 78
    /// A second INT came during the drain.
    case interrupted = 130
    /// A second TERM came during the drain.
    case terminated = 143

    /// Ends the process.
    public func exit() -> Never { Glibc.exit(rawValue) }
}
