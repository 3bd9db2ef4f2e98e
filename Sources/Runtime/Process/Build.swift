/// What this program was built from.
public enum Build {
    /// The release that it is, or will be.
    public static let version = "0.1.0"

    #if DEBUG
        public static let configuration = "debug"
    #else
        public static let configuration = "release"
    #endif

    /// As `turnstile --version` and a `Server` header show it.
    public static let description = "Turnstile/\(version)"
}
