/// A problem (RFC 9457) that no rule book decided: of what could not be read, or is not decided here.
public enum ProblemBody {
    /// - Parameter code: what `/problems/{code}` explains.
    public static func bytes(status: Int, code: String, title: String, detail: String) -> [UInt8] {
        var writer = JSONWriter(appendingTo: [])
        writer.beginObject()
        writer.key("type")
        writer.string("/problems/" + code)
        writer.key("title")
        writer.string(title)
        writer.field("status", status)
        writer.key("detail")
        writer.string(detail)
        writer.key("code")
        writer.string(code)
        writer.endObject()
        return writer.bytes
    }
}
