internal import API
internal import HTTPServer
internal import Runtime
internal import Wire

extension QueryService {
    /// `GET /v1/shows/{id}/changes`: a stream of events; or with `since`, and without asking for a stream, one answer
    /// as soon as there is something newer.
    func changes(_ call: Call) throws {
        try call.allowOnly(["since"])
        let id: ShowId = try call.requireId()
        let since = try call.version(query: "since")
        let known: UInt64?
        let kind: Follower.Kind
        if call.acceptsEvents || since == nil {
            // A browser that begins with a version has no other way to say so; what it sends when it comes again is
            // newer.
            known = try Self.version(call.lastEventId) ?? since
            kind = .stream
        } else {
            known = since
            kind = .poll(until: time.monotonic + wait(of: call))
        }
        guard let seat = followers.take() else {
            throw Fault.overloaded("As many streams are open here as there may be.")
        }
        boards.find(id, of: call.tenant) { result in
            switch result {
            case .success(let show):
                self.boards.follow(show, Follower(kind: kind, version: known, call: call, seat: seat))
                if case .poll = kind { self.teller.polled(show) }
            case .failure(let fault): self.refuse(call, fault)
            }
        }
    }

    private static func version(_ text: String?) throws(Fault) -> UInt64? {
        guard let text, !text.isEmpty else { return nil }
        guard let version = UInt64(text), text.utf8.count <= 18, text.utf8.first != UInt8(ascii: "+") else {
            throw Fault(.invalidRequest, "The header “Last-Event-ID” is a version of the show, such as 4711.")
        }
        return version
    }
}

extension Call {
    fileprivate func version(query name: String) throws(Fault) -> UInt64? {
        guard let text = self[query: name] else { return nil }
        guard let version = UInt64(text), text.utf8.count <= 18, text.utf8.first != UInt8(ascii: "+") else {
            throw .invalid(name, "must be a version of the show, such as 4711")
        }
        return version
    }
}
