internal import CRabbitMQ
internal import Glibc

// Everything that librabbitmq or the broker reports as an error becomes a `RabbitMQError` here.
extension RabbitMQError {
    /// A negative status of librabbitmq.
    static func library(_ status: Int32, _ action: String) -> RabbitMQError {
        let text = String(cString: amqp_error_string2(status))
        let code: Code =
            switch amqp_status_enum(status) {
            case AMQP_STATUS_TIMEOUT: .timeout
            case AMQP_STATUS_NO_MEMORY: .outOfResources
            case AMQP_STATUS_CONNECTION_CLOSED, AMQP_STATUS_SOCKET_ERROR, AMQP_STATUS_SOCKET_CLOSED,
                AMQP_STATUS_TCP_ERROR:
                .connectionLost
            case AMQP_STATUS_HEARTBEAT_TIMEOUT: .heartbeatLost
            case AMQP_STATUS_INVALID_PARAMETER, AMQP_STATUS_TABLE_TOO_BIG: .invalidArgument
            default: .protocolViolation
            }
        return RabbitMQError(code, action, text)
    }

    /// A reply code and text with which the broker closed a channel or the connection.
    static func broker(
        replyCode: UInt16, text: String, otherwise: Code = .refused, _ action: String
    ) -> RabbitMQError {
        let code: Code =
            switch Int32(replyCode) {
            case AMQP_ACCESS_REFUSED: .accessRefused
            case AMQP_NOT_FOUND: .notFound
            case AMQP_RESOURCE_LOCKED: .resourceLocked
            case AMQP_PRECONDITION_FAILED: .preconditionFailed
            case AMQP_NOT_ALLOWED: .notAllowed
            default: otherwise
            }
        return RabbitMQError(code, action, text, replyCode: replyCode)
    }

    static func system(_ number: Int32, code: Code = .connectionLost, _ action: String) -> RabbitMQError {
        RabbitMQError(code, action, "\(String(cString: strerror(number))) (errno \(number))")
    }
}
