internal import Glibc

/// Why a server could not start.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    public struct Code: Sendable, Hashable {
        private let name: String

        /// Another process listens there.
        public static let portInUse = Code(name: "port-in-use")
        /// Ports below 1024 need a privilege.
        public static let noPermission = Code(name: "no-permission")
        /// The address is none of this machine's, or no address at all.
        public static let badAddress = Code(name: "bad-address")
        /// No thread, descriptor or memory to be had.
        public static let noResources = Code(name: "no-resources")
    }

    public let code: Code
    public let listener: String
    public let address: String
    public let port: UInt16
    /// The system's word for it.
    public let reason: String

    public var description: String {
        let place = address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
        let advice =
            switch code {
            case .portInUse: "another process listens on port \(port): stop it or choose another port"
            case .noPermission: "port \(port) needs a privilege: choose one above 1023"
            case .badAddress: "“\(address)” is not an address of this machine"
            default: "the system refused"
            }
        return "cannot listen on \(place) (\(listener)): \(advice) (\(reason))"
    }

    init(_ code: Code, _ listener: Listener, reason: String) {
        self.code = code
        self.listener = listener.name
        address = listener.address
        port = listener.port
        self.reason = reason
    }

    /// From `errno` after a call that failed.
    init(errno code: Int32, in call: String, _ listener: Listener) {
        let known: Code =
            switch code {
            case EADDRINUSE: .portInUse
            case EACCES, EPERM: .noPermission
            case EADDRNOTAVAIL, EINVAL, EAFNOSUPPORT: .badAddress
            default: .noResources
            }
        self.init(known, listener, reason: "\(call): \(String(cString: strerror(code))), errno \(code)")
    }
}
