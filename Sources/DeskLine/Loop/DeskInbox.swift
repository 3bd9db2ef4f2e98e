internal import Pipeline
internal import Runtime

/// A worker's mailbox.
final class DeskInbox: ArrivalSink {
    private let box = Mailbox<DeskInput>()

    func put(_ input: DeskInput) { box.put(input) }
    func deliver(_ arrivals: [Arrival]) { put(.delivered(arrivals)) }
    func ended(_ channel: ChannelId, reason: String) { put(.channelEnded(channel, reason: reason)) }

    func take(into inputs: inout [DeskInput], within duration: Duration) {
        _ = box.take(into: &inputs, within: duration)
    }
}
