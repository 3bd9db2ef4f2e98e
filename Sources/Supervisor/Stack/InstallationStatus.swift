/// What an installation is doing, seen from another process.
public struct InstallationStatus: Sendable {
    public let supervisor: Int32
    /// Nil while it is still coming up or already going down.
    public let run: RunFile?

    /// Nil when nothing runs.
    public static func read(home: Home) throws(SetupError) -> InstallationStatus? {
        guard let supervisor = try SupervisorLock.holder(of: home) else { return nil }
        return InstallationStatus(supervisor: supervisor, run: try RunFile.read(of: home))
    }
}
