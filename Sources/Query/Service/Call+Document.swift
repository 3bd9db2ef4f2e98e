internal import API
internal import HTTPServer
internal import Wire

extension Call {
    /// 200 with a JSON document, whose tag says whether it is still the same.
    func answer(_ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        write(&writer)
        let bytes = writer.bytes
        let tag = bytes.withUnsafeBytes { EntityTag(hashing: $0) }
        answer(Response(.ok, .json, .bytes(bytes), tag: tag))
    }

    /// The path's id; nothing has one that is malformed.
    func requireId<Id: TextId>(_: Id.Type = Id.self) throws(Fault) -> Id {
        guard let id = Id(text: id) else { throw .notFound }
        return id
    }
}
