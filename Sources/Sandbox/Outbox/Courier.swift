internal import HTTPClient
internal import Payments
internal import Runtime

/// Brings messages to their receiver.
struct Courier: Sendable {
    enum Outcome: Hashable, Sendable {
        case delivered
        case refused(status: Int)
        case unreachable(HTTPCallError.Code)
    }

    let url: String
    let timeout: Duration
    let signature: SandboxSignature
    let caller: any HTTPCaller
    let time: any TimeSource = SystemTime()

    func deliver(_ text: String) -> Outcome {
        let body = Array(text.utf8)
        let call = HTTPCall(
            .post, url,
            headers: [
                ("Content-Type", "application/json"), ("Sandbox-Signature", signature.value(for: body, at: time.wall)),
            ], body: body, timeout: timeout)
        do throws(HTTPCallError) {
            let status = try caller.send(call).status
            return (200..<300).contains(status) ? .delivered : .refused(status: status)
        } catch {
            return .unreachable(error.code)
        }
    }
}
