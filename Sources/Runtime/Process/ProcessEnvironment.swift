internal import CLinux

/// The environment variables that the process was started with.
public enum ProcessEnvironment {
    /// Read once, when first used: nothing in Turnstile changes its own environment.
    public static let current: [String: String] = {
        var variables: [String: String] = [:]
        guard var entry = clinux_environment() else { return variables }
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // Where a name stands twice, `getenv` takes the first.
            if parts.count == 2, variables[String(parts[0])] == nil { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }()
}
