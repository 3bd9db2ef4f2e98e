internal import Pipeline
internal import Runtime

extension SimulatedWorker {
    /// What was sent gets there even if the sender freezes meanwhile, but not if it dies.
    func toBroker(_ action: @escaping () -> Void) {
        brokerReached = max(
            brokerReached, MonotonicTime(nanoseconds: world.scheduler.now.nanoseconds + world.delay(20...500)))
        world.scheduler.at(brokerReached) { [self] in
            if !isGone { action() }
        }
    }

    func consume(_ channel: ChannelId) {
        let consumer = world.broker.consume(
            channel.partition, prefetch: world.profile.prefetch,
            deliver: { [self] tag, message in arrive(channel, tag, message) },
            ended: { [self] reason in
                forget(channel)
                world.scheduler.after(world.delay(20...500)) { [self] in hear(.channelEnded(channel, reason: reason)) }
            })
        guard let consumer else {
            world.scheduler.after(world.delay(1_000...5_000)) { [self] in
                hear(.channelEnded(channel, reason: "nobody answers"))
            }
            return
        }
        consumers[channel] = consumer
        channels.append(channel)
    }

    func close(_ channel: ChannelId) {
        if let consumer = consumers[channel] { world.broker.close(consumer) }
        forget(channel)
    }

    private func forget(_ channel: ChannelId) {
        consumers[channel] = nil
        channels.removeAll { $0 == channel }
    }

    /// A delivery is on its way; it is handed over together with others that have come by then.
    private func arrive(_ channel: ChannelId, _ tag: UInt64, _ message: FakeBroker.Message) {
        arrivalReached = max(
            arrivalReached, MonotonicTime(nanoseconds: world.scheduler.now.nanoseconds + world.delay(20...300)))
        world.scheduler.at(arrivalReached) { [self] in
            guard !isGone else { return }
            arrivals.append(
                Arrival(
                    channel: channel, tag: tag, isRedelivered: message.isRedelivered, user: message.user,
                    body: message.body))
            guard !handsOver else { return }
            handsOver = true
            world.scheduler.after(world.delay(0...200)) { [self] in handOver() }
        }
    }

    func handOver() {
        guard condition == .running else { return }
        handsOver = false
        guard !arrivals.isEmpty else { return }
        let input = Input.delivered(arrivals)
        arrivals = []
        hear(input)
    }
}
