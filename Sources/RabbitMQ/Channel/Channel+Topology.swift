internal import CRabbitMQ

extension Channel {
    /// Makes sure that the exchange exists as described; one of another description is an error.
    public func declare(_ exchange: Exchange) throws(RabbitMQError) {
        let action = "declaring the exchange “\(exchange.name)”"
        try FrameEncoder.checkShort(exchange.name, "the exchange's name", action)
        _ = try core.call(AMQP_EXCHANGE_DECLARE_METHOD, action) { scratch in
            var method = amqp_exchange_declare_t()
            method.exchange = scratch.bytes(exchange.name)
            method.type = scratch.bytes(exchange.kind.name)
            method.durable = exchange.isDurable ? 1 : 0
            method.auto_delete = exchange.isAutoDelete ? 1 : 0
            method.internal = exchange.isInternal ? 1 : 0
            method.arguments = scratch.table(exchange.arguments)
            return method
        }
    }

    /// Makes sure that the queue exists as described; one of another description is an error.
    @discardableResult
    public func declare(_ queue: Queue) throws(RabbitMQError) -> QueueStatus {
        try declare(queue, isPassive: false, "declaring the queue “\(queue.name)”")
    }

    /// Looks at a queue without creating it; a missing one is an error and costs the channel.
    public func status(ofQueue name: String) throws(RabbitMQError) -> QueueStatus {
        try declare(Queue(name), isPassive: true, "looking at the queue “\(name)”")
    }

    private func declare(_ queue: Queue, isPassive: Bool, _ action: String) throws(RabbitMQError) -> QueueStatus {
        try FrameEncoder.checkShort(queue.name, "the queue's name", action)
        let reply = try core.call(AMQP_QUEUE_DECLARE_METHOD, action) { scratch in
            var method = amqp_queue_declare_t()
            method.queue = scratch.bytes(queue.name)
            method.passive = isPassive ? 1 : 0
            method.durable = queue.isDurable ? 1 : 0
            method.exclusive = queue.isExclusive ? 1 : 0
            method.auto_delete = queue.isAutoDelete ? 1 : 0
            method.arguments = scratch.table(queue.arguments)
            return method
        }
        guard case .queue(let status) = reply else { throw unexpected(action) }
        return status
    }

    /// Lets the queue have what is published to the exchange under the routing key.
    public func bind(
        queue: String, to exchange: String, routingKey: String = "", arguments: FieldTable = [:]
    ) throws(RabbitMQError) {
        let action = "binding the queue “\(queue)” to “\(exchange)”"
        try check(queue, exchange, routingKey, action)
        _ = try core.call(AMQP_QUEUE_BIND_METHOD, action) { scratch in
            var method = amqp_queue_bind_t()
            method.queue = scratch.bytes(queue)
            method.exchange = scratch.bytes(exchange)
            method.routing_key = scratch.bytes(routingKey)
            method.arguments = scratch.table(arguments)
            return method
        }
    }

    public func unbind(
        queue: String, from exchange: String, routingKey: String = "", arguments: FieldTable = [:]
    ) throws(RabbitMQError) {
        let action = "unbinding the queue “\(queue)” from “\(exchange)”"
        try check(queue, exchange, routingKey, action)
        _ = try core.call(AMQP_QUEUE_UNBIND_METHOD, action) { scratch in
            var method = amqp_queue_unbind_t()
            method.queue = scratch.bytes(queue)
            method.exchange = scratch.bytes(exchange)
            method.routing_key = scratch.bytes(routingKey)
            method.arguments = scratch.table(arguments)
            return method
        }
    }

    /// Lets one exchange have what is published to another.
    public func bind(
        exchange destination: String, to source: String, routingKey: String = "", arguments: FieldTable = [:]
    ) throws(RabbitMQError) {
        let action = "binding the exchange “\(destination)” to “\(source)”"
        try check(destination, source, routingKey, action)
        _ = try core.call(AMQP_EXCHANGE_BIND_METHOD, action) { scratch in
            var method = amqp_exchange_bind_t()
            method.destination = scratch.bytes(destination)
            method.source = scratch.bytes(source)
            method.routing_key = scratch.bytes(routingKey)
            method.arguments = scratch.table(arguments)
            return method
        }
    }

    public func unbind(
        exchange destination: String, from source: String, routingKey: String = "", arguments: FieldTable = [:]
    ) throws(RabbitMQError) {
        let action = "unbinding the exchange “\(destination)” from “\(source)”"
        try check(destination, source, routingKey, action)
        _ = try core.call(AMQP_EXCHANGE_UNBIND_METHOD, action) { scratch in
            var method = amqp_exchange_unbind_t()
            method.destination = scratch.bytes(destination)
            method.source = scratch.bytes(source)
            method.routing_key = scratch.bytes(routingKey)
            method.arguments = scratch.table(arguments)
            return method
        }
    }

    /// - Parameter ifUnused: refuse when something is bound to it.
    public func delete(exchange: String, ifUnused: Bool = false) throws(RabbitMQError) {
        let action = "deleting the exchange “\(exchange)”"
        try FrameEncoder.checkShort(exchange, "the exchange's name", action)
        _ = try core.call(AMQP_EXCHANGE_DELETE_METHOD, action) { scratch in
            var method = amqp_exchange_delete_t()
            method.exchange = scratch.bytes(exchange)
            method.if_unused = ifUnused ? 1 : 0
            return method
        }
    }

    /// - Parameters:
    ///   - ifUnused: refuse when it has consumers. Quorum queues do not know this and refuse always.
    ///   - ifEmpty: refuse when it holds messages. The same goes for this.
    /// - Returns: how many messages went with it.
    @discardableResult
    public func delete(queue: String, ifUnused: Bool = false, ifEmpty: Bool = false) throws(RabbitMQError) -> Int {
        let action = "deleting the queue “\(queue)”"
        try FrameEncoder.checkShort(queue, "the queue's name", action)
        let reply = try core.call(AMQP_QUEUE_DELETE_METHOD, action) { scratch in
            var method = amqp_queue_delete_t()
            method.queue = scratch.bytes(queue)
            method.if_unused = ifUnused ? 1 : 0
            method.if_empty = ifEmpty ? 1 : 0
            return method
        }
        guard case .count(let count) = reply else { throw unexpected(action) }
        return count
    }

    /// Throws away what is ready in the queue.
    ///
    /// - Returns: how many messages that were.
    @discardableResult
    public func purge(queue: String) throws(RabbitMQError) -> Int {
        let action = "purging the queue “\(queue)”"
        try FrameEncoder.checkShort(queue, "the queue's name", action)
        let reply = try core.call(AMQP_QUEUE_PURGE_METHOD, action) { scratch in
            var method = amqp_queue_purge_t()
            method.queue = scratch.bytes(queue)
            return method
        }
        guard case .count(let count) = reply else { throw unexpected(action) }
        return count
    }

    /// Takes one message out of a queue, for tools and tests. It is acknowledged as it leaves.
    public func get(queue: String) throws(RabbitMQError) -> ReceivedMessage? {
        let action = "fetching from the queue “\(queue)”"
        try FrameEncoder.checkShort(queue, "the queue's name", action)
        let reply = try core.call(AMQP_BASIC_GET_METHOD, action) { scratch in
            var method = amqp_basic_get_t()
            method.queue = scratch.bytes(queue)
            method.no_ack = 1
            return method
        }
        guard case .message(let message) = reply else { throw unexpected(action) }
        return message
    }

    private func check(
        _ destination: String, _ source: String, _ routingKey: String, _ action: String
    ) throws(RabbitMQError) {
        try FrameEncoder.checkShort(destination, "the destination's name", action)
        try FrameEncoder.checkShort(source, "the source's name", action)
        try FrameEncoder.checkShort(routingKey, "the routing key", action)
    }

    private func unexpected(_ action: String) -> RabbitMQError {
        RabbitMQError(.protocolViolation, action, "the broker answered another question")
    }
}
