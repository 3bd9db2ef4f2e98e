/// Who follows a show.
final class Audience: Sendable {
    var isEmpty: Bool { true }
    func jumped(_ show: LiveShow) {}
}
