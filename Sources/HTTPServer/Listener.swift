/// An address to listen on, with the routes that it serves.
public struct Listener: Sendable {
    /// Shown in threads' names, errors and access records.
    public var name: String
    /// An IPv4 or IPv6 address in figures; `::` takes both families, `0.0.0.0` IPv4 alone.
    public var address: String
    /// 0: the system chooses; `HTTPServer.port(of:)` tells which.
    public var port: UInt16
    public var router: Router
    public var limits: HTTPLimits
    public var compression: CompressionSettings
    /// Threads, each with a socket of its own on the same port, among which the kernel shares out the connections.
    /// One loop answers more requests than its clients can send on a machine of two cores; more pay on larger ones.
    public var loops: Int

    public init(
        _ name: String, address: String = "127.0.0.1", port: UInt16, router: Router, limits: HTTPLimits = HTTPLimits(),
        compression: CompressionSettings = CompressionSettings(), loops: Int = 1
    ) {
        precondition(loops >= 1, "a listener needs a loop")
        limits.validate()
        self.name = name
        self.address = address
        self.port = port
        self.router = router
        self.limits = limits
        self.compression = compression
        self.loops = loops
    }
}
