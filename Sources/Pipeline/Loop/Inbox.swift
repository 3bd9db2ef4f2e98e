/// What any line's worker is told by its loop.
package protocol WorkerInput: Sendable {
    static var woken: Self { get }
    static var drain: Self { get }
    static func channelEnded(_ channel: ChannelId, reason: String) -> Self
    static func delivered(_ arrivals: [Arrival]) -> Self
    /// What has been delivered, if it is that.
    var arrivals: [Arrival]? { get }
}

/// A worker's mailbox: arrivals that follow each other become one input, so that a batch is as large as what is there.
package final class Inbox<Input: WorkerInput>: ArrivalSink {
    private let box = Mailbox<Input>()

    package init() {}

    package func put(_ input: Input) { box.put(input) }

    package func deliver(_ arrivals: [Arrival]) {
        box.change { inputs in
            guard var all = inputs.last?.arrivals else { return inputs.append(.delivered(arrivals)) }
            // Let go of first, so that what is there already is not copied.
            inputs[inputs.count - 1] = .woken
            all += arrivals
            inputs[inputs.count - 1] = .delivered(all)
        }
    }

    package func ended(_ channel: ChannelId, reason: String) { put(.channelEnded(channel, reason: reason)) }

    package func take(into inputs: inout [Input], within duration: Duration) {
        _ = box.take(into: &inputs, within: duration)
    }
}

extension Input: WorkerInput {
    package var arrivals: [Arrival]? { if case .delivered(let arrivals) = self { arrivals } else { nil } }
}
