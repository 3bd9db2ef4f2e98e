public import RabbitMQ

/// An exchange or a queue could not be made; where an operator can do something about it, it says what.
public struct TopologyError: Error, Sendable, Hashable, CustomStringConvertible {
    let what: String
    public let name: String
    public let cause: RabbitMQError

    public var description: String {
        switch cause.code {
        case .preconditionFailed:
            """
            \(cause). The \(what) “\(name)” was made with other properties than the settings ask for now, and they \
            cannot be changed. Either set them back to what they were; or stop all workers and ingresses, make sure \
            that the \(what) holds nothing, delete it (rabbitmqctl delete_queue, or the management page), and start \
            them again: it is made anew.
            """
        case .accessRefused:
            "\(cause). The broker's user needs the permission to configure, write and read “turnstile\\..*”."
        case .notFound:
            """
            \(cause). The broker lost track of the \(what) “\(name)”, or the node that has it is down: start that \
            node; where it cannot come back, delete the \(what), and start again: it is made anew.
            """
        default:
            cause.description
        }
    }
}
