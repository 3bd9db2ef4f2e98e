internal import Wire

/// What the effect of a request for an account is to do.
struct CreateDatabase: Hashable {
    let store: String
    let database: String

    init(store: String, database: String) {
        self.store = store
        self.database = database
    }

    /// As it is stored with the effect.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("do")
        writer.string("create-database")
        writer.key("store")
        writer.string(store)
        writer.key("database")
        writer.string(database)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    init?(json: [UInt8]) {
        var tape = JSONTape()
        let found: (store: String, database: String)? = json.withUnsafeBytes { bytes in
            guard (try? tape.parse(bytes)) != nil else { return nil }
            var form = Form(bytes, tape)
            guard var object = form.object(0),
                let what = form.required("do", in: &object, { $0.text($1, 1...64) }), what == "create-database",
                let store = form.required("store", in: &object, { $0.text($1, 1...64) }),
                let database = form.required("database", in: &object, { $0.text($1, 1...63) })
            else { return nil }
            return (store, database)
        }
        guard let found else { return nil }
        self.init(store: found.store, database: found.database)
    }
}
