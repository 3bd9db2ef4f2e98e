internal import CMicrohttpd
internal import Glibc

/// libmicrohttpd's daemon: every call that concerns it as a whole, made by the loop's thread alone.
///
/// It has no thread of its own (`MHD_USE_EPOLL` alone): in this version the library's thread loses connections that
/// another thread resumes.
final class Daemon {
    private let handle: OpaquePointer
    private let owner = pthread_self()
    /// Becomes readable when the library has work.
    let descriptor: Int32

    /// - Returns: nil when the library refuses; its reason went to its log.
    init?(listener: Listener, socket: Int32, loop: Loop) {
        let limits = listener.limits
        var setup = cmicrohttpd_setup()
        setup.listen_socket = socket
        setup.connection_limit = UInt32(max(1, limits.connections / listener.loops))
        setup.connection_limit_per_address = UInt32(limits.connectionsPerAddress)
        setup.idle_seconds = UInt32(limits.idleTime.components.seconds)
        setup.connection_memory = limits.connectionMemory
        setup.context = Unmanaged.passUnretained(loop).toOpaque()
        setup.log = { context, format, arguments in
            guard let format, let arguments else { return }
            Loop.of(context).libraryLogs(format, arguments)
        }
        setup.target = { context, target, connection in
            guard let target, let connection else { return nil }
            return Loop.of(context).targetArrived(target, connection)
        }
        setup.access = { context, _, _, method, version, upload, uploadSize, request in
            guard let method, let version, let uploadSize, let connection = Connection.of(request?.pointee) else {
                return cmicrohttpd_no
            }
            let piece = UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee)
            uploadSize.pointee = 0
            return Loop.of(context).access(connection, method, version, piece) ? cmicrohttpd_yes : cmicrohttpd_no
        }
        setup.completed = { context, _, request, termination in
            guard let connection = Connection.of(request?.pointee) else { return }
            Loop.of(context).completed(connection, termination)
        }
        setup.connection = { context, connection, socketContext, event in
            guard let connection, let socketContext else { return }
            if event == cmicrohttpd_opened {
                let opened = Loop.of(context).opened(connection)
                socketContext.pointee = Unmanaged.passRetained(opened).toOpaque()
            } else if let closed = socketContext.pointee {
                Loop.of(context).closed(Unmanaged<Connection>.fromOpaque(closed).takeRetainedValue())
                socketContext.pointee = nil
            }
        }
        guard let handle = cmicrohttpd_start(&setup) else { return nil }
        self.handle = handle
        descriptor = cmicrohttpd_epoll_descriptor(handle)
    }

    private func check() {
        precondition(
            pthread_equal(owner, pthread_self()) != 0, "libmicrohttpd was called by another thread than its loop")
    }

    /// Does what there is to do, without waiting.
    func run() {
        check()
        _ = MHD_run(handle)
    }

    /// In how many milliseconds `run` must be called, events or not: nil for never, 0 for at once.
    var timeout: UInt64? {
        check()
        var timeout: UInt64 = 0
        return MHD_get_timeout(handle, &timeout) == cmicrohttpd_yes ? timeout : nil
    }

    /// Allowed within the access handler and the content reader only.
    func suspend(_ connection: Connection) {
        check()
        connection.isSuspended = true
        MHD_suspend_connection(connection.handle)
    }

    /// Does nothing when the connection is not suspended: the library would undo its next suspension.
    func resume(_ connection: Connection) {
        check()
        guard connection.isSuspended else { return }
        connection.isSuspended = false
        MHD_resume_connection(connection.handle)
    }

    /// Stops accepting.
    ///
    /// - Returns: the listening socket, which is the caller's to close from now on.
    func quiesce() -> Int32 {
        check()
        return MHD_quiesce_daemon(handle)
    }

    /// Closes all connections, of which none may be suspended, and ends the daemon.
    func stop() {
        check()
        MHD_stop_daemon(handle)
    }
}

extension Loop {
    fileprivate static func of(_ context: UnsafeMutableRawPointer?) -> Loop {
        guard let context else { preconditionFailure("libmicrohttpd forgot whose it is") }
        return Unmanaged<Loop>.fromOpaque(context).takeUnretainedValue()
    }
}

extension Connection {
    fileprivate static func of(_ context: UnsafeMutableRawPointer?) -> Connection? {
        context.map { Unmanaged<Connection>.fromOpaque($0).takeUnretainedValue() }
    }
}
