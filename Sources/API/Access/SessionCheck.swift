public import Runtime
public import Tenancy

/// Whether a session's token is good here and now. Nobody is asked for that: a token says itself what it allows, which
/// sessions have ended is known here, and so is whose host a request was sent to.
public struct SessionCheck: Sendable {
    private let seal: SessionSeal
    private let ended: EndedSessions
    private let directory: any TenantLookup
    private let time: any TimeSource

    public init(
        _ seal: SessionSeal, ended: EndedSessions, directory: any TenantLookup, time: any TimeSource = SystemTime()
    ) {
        self.seal = seal
        self.ended = ended
        self.directory = directory
        self.time = time
    }

    /// Whether this is meant as a token, and not as a key.
    static func isMeant(_ text: String) -> Bool { text.hasPrefix(SessionSeal.prefix) }

    /// - Parameter subDomain: of the tenant whose host the request was sent to; nil where it was nobody's in
    ///   particular. Another tenant's token is no good there.
    func check(_ token: String, at subDomain: String?) -> KeyRing.Verdict {
        guard let session = seal.read(token, at: time.wall) else { return .bad }
        switch ended.contains(session) {
        case nil: return .unavailable
        case true?: return .bad
        case false?: break
        }
        if let subDomain {
            guard let place = directory.place(subDomain: subDomain) else {
                return directory.isLoaded ? .bad : .unavailable
            }
            guard place.tenant == session.tenant else { return .bad }
        }
        return .good(Access(session))
    }
}
