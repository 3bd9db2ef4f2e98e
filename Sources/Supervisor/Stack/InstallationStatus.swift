/// What an installation is doing, seen from another process.
public struct InstallationStatus: Sendable {
    public let supervisor: Int32
    /// Nil while it is still coming up or already going down.
    public let run: RunFile?

    /// What a supervisor that was killed left running, by name and process id. The next start ends it.
    public static func leftovers(in home: Home) -> [String] {
        Leftovers.pids(of: home).map { pid in
            let name = (try? Files.read("/proc/\(pid)/comm"))?.split(separator: "\n").first ?? "process"
            return "\(name) (\(pid))"
        }
    }

    /// Nil when nothing runs.
    public static func read(home: Home) throws(SetupError) -> InstallationStatus? {
        guard let supervisor = try SupervisorLock.holder(of: home) else { return nil }
        return InstallationStatus(supervisor: supervisor, run: try RunFile.read(of: home))
    }
}
