public import Runtime

extension HTTPLimits {
    /// How the settings file's section `http` wants a listener to be bounded.
    public init(_ section: HTTPSection) {
        self.init()
        connections = section.maxConnections
        headerBytes = section.maxHeaderBytes
        targetBytes = min(targetBytes, headerBytes)
        bodyBytes = section.maxBodyBytes
        allBodiesBytes = max(allBodiesBytes, bodyBytes)
        requestTime = section.requestTimeout
        idleTime = section.idleTimeout
    }
}

extension CompressionSettings {
    /// How the settings file's section `http` wants answers to be compressed.
    public init(_ section: HTTPSection) {
        self.init(minimumBytes: section.gzipMinimumBytes)
    }
}
