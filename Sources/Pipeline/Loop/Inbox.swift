/// A worker's mailbox: arrivals that follow each other become one input, so that a batch is as large as what is there.
final class Inbox: ArrivalSink {
    private let box = Mailbox<Input>()

    func put(_ input: Input) { box.put(input) }

    func deliver(_ arrivals: [Arrival]) {
        box.change { inputs in
            guard let last = inputs.popLast() else { return inputs.append(.delivered(arrivals)) }
            // Taken out, so that what is there already is not copied.
            guard case .delivered(var earlier) = last else {
                inputs.append(last)
                return inputs.append(.delivered(arrivals))
            }
            earlier += arrivals
            inputs.append(.delivered(earlier))
        }
    }

    func ended(_ channel: ChannelId, reason: String) { put(.channelEnded(channel, reason: reason)) }

    func take(into inputs: inout [Input], within duration: Duration) {
        _ = box.take(into: &inputs, within: duration)
    }
}
